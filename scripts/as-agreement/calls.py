# For one-line programs: call() makes a system call by number (x86-64) and ends with the errno as exit status where it fails.
import ctypes, errno, fcntl, mmap, os, select, socket, struct, sys

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def fail(number):
    sys.stderr.write(errno.errorcode.get(number, str(number)) + '\n')
    sys.exit(number % 256)


def call(number, *arguments):
    words = []
    for one in arguments:
        if isinstance(one, str):
            one = one.encode()
        if isinstance(one, (bytes, bytearray)):
            one = ctypes.create_string_buffer(bytes(one), max(len(one) + 1, 1))
        words.append(ctypes.c_long(one) if isinstance(one, int) else one)
    got = _libc.syscall(ctypes.c_long(number), *words)
    if got < 0:
        fail(ctypes.get_errno())
    return got


def room(size):
    return ctypes.create_string_buffer(size)


def caught(action):
    """Runs it; an OSError gives the exit status."""
    try:
        return action()
    except OSError as error:
        fail(error.errno)


def tcp(level=socket.IPPROTO_TCP, option=0, value=1):
    """Sets an option of a TCP socket."""
    one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    caught(lambda: one.setsockopt(level, option, value))


def option(family, kind, protocol, level, name, value):
    one = caught(lambda: socket.socket(family, kind, protocol))
    caught(lambda: one.setsockopt(level, name, value))


def open_socket(family, kind=socket.SOCK_STREAM, protocol=0):
    return caught(lambda: socket.socket(family, kind, protocol))


def file(size=65536, name='f'):
    with open(name, 'wb') as out:
        out.write(b'x' * size)
    return os.open(name, os.O_RDWR)


def io_uring(entries=8, flags=0):
    """Sets a ring up; its features and descriptor."""
    at = bytearray(120)
    struct.pack_into('I', at, 8, flags)
    memory = ctypes.create_string_buffer(bytes(at), 120)
    fd = call(425, entries, memory)
    return fd, struct.unpack_from('I', memory.raw, 20)[0]


def ring_feature(bit):
    if not io_uring()[1] & bit:
        sys.exit(1)


def ring_operation(number):
    """Whether io_uring knows an operation, by its own probe."""
    fd, _ = io_uring()
    probe = room(16 + 8 * 256)
    call(427, fd, 8, probe, 256)
    if number > probe.raw[0] or not struct.unpack_from('H', probe.raw, 16 + 8 * number + 2)[0] & 1:
        sys.exit(1)


def landlock(*sizes_and_access):
    """A ruleset that handles accesses to files, to the network, scopes."""
    return call(444, struct.pack('<' + 'Q' * len(sizes_and_access), *sizes_and_access), 8 * len(sizes_and_access), 0)


def clone3(flags=0, size=88, **extra):
    words = [flags, 0, 0, 0, extra.get('signal', 17), 0, 0, 0, 0, 0, extra.get('cgroup', 0)]
    pid = call(435, struct.pack('11Q', *words)[:size], size)
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def openat2(path, resolve, flags=0, mode=0):
    return call(437, -100, path, struct.pack('QQQ', flags, mode, resolve), 24)
