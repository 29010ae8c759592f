# A terminal for a command: python3 terminal.py SCRIPT COMMAND…, where SCRIPT is JSON, a list of steps:
# ["expect", PATTERN], ["send", TEXT], ["size", ROWS, COLUMNS], ["end", CODE]. Ends with 0 when all steps held.
import fcntl, json, os, pty, re, select, signal, struct, sys, termios, time

steps = json.loads(sys.argv[1])
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
seen = ""


def size(rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.kill(pid, signal.SIGWINCH)


def read(seconds):
    global seen
    if not select.select([fd], [], [], seconds)[0]:
        return True
    try:
        chunk = os.read(fd, 65536)
    except OSError:
        return False
    seen += chunk.decode(errors="replace")
    return chunk != b""


def fail(why):
    print(why, "\nseen:", seen)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    sys.exit(1)


for step in steps:
    end = time.time() + 20
    if step[0] == "send":
        os.write(fd, step[1].encode())
    elif step[0] == "size":
        size(step[1], step[2])
        time.sleep(0.5)
    elif step[0] == "expect":
        while not re.search(step[1], seen):
            if time.time() > end or not read(0.2):
                fail(f"not seen: {step[1]}")
        seen = seen[re.search(step[1], seen).end():]
    elif step[0] == "end":
        while read(0.2):
            if time.time() > end:
                fail("it does not end")
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if code != step[1]:
            print("ended with", code, "seen:", seen)
            sys.exit(1)
