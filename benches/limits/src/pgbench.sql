INSERT INTO events (event_id, stream, version, name, payload) VALUES (gen_random_uuid(), gen_random_uuid(), 1, 'account.deposited', '{"amount":1}');
