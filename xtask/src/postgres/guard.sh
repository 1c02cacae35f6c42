# Waits until xtask ends, in whatever way: its end of standard input closes even when it is killed.
# Then stops the server, whose process id came last on standard input, and removes the directory $1.
# The data is thrown away, so an immediate shutdown (SIGQUIT) does.
server=
while read -r line; do server=$line; done
if [ -n "$server" ] && kill -QUIT "$server" 2>/dev/null; then
    # Its last act is to remove this file. The process id may stay: not every container has somebody who reaps it.
    tenths=0
    while [ -e "$1/data/postmaster.pid" ] && [ "$tenths" -lt 100 ]; do
        sleep 0.1
        tenths=$((tenths + 1))
    done
fi
rm -rf "$1"
