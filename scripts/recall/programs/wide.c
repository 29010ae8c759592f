// Linked with musl and with glibc, static and not: what a small C program asks of its library.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static void handler(int n) { (void)n; }
static void *thread(void *a) { pthread_mutex_lock(&lock); pthread_cond_broadcast(&cond); pthread_mutex_unlock(&lock); return a; }
static void *sleeper(void *a) { for (;;) pause(); return a; }
extern char **environ;

int main(void) {
  pthread_t t; struct timespec soon; struct sigaction act = { .sa_handler = handler }; sem_t sem;
  pthread_mutex_lock(&lock); pthread_create(&t, 0, thread, 0); clock_gettime(CLOCK_REALTIME, &soon); soon.tv_sec++;
  pthread_cond_timedwait(&cond, &lock, &soon); pthread_mutex_unlock(&lock); pthread_join(t, 0);
  pthread_create(&t, 0, sleeper, 0); pthread_cancel(t); pthread_join(t, 0); sem_init(&sem, 0, 1); sem_wait(&sem);
  sigaction(SIGALRM, &act, 0); alarm(1); pause(); raise(SIGALRM);
  char name[] = "/tmp/wXXXXXX"; int fd = mkstemp(name), other = memfd_create("m", 0), pair[2]; struct stat st; struct statvfs vfs; struct utsname un;
  write(fd, "abc", 3); pread(fd, &st, 1, 0); fstat(fd, &st); statvfs("/", &vfs); uname(&un); fsync(fd); ftruncate(fd, 9); lseek(fd, 0, SEEK_SET);
  sendfile(other, fd, 0, 3); posix_fallocate(fd, 0, 10); fcntl(fd, F_SETLK, &(struct flock){ .l_type = F_RDLCK }); lockf(fd, F_TEST, 1); futimens(fd, 0); utimensat(AT_FDCWD, name, 0, 0); chmod(name, 0600);
  void *m = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, other, 0); msync(m, 4096, MS_SYNC); madvise(m, 4096, MADV_DONTNEED); mprotect(m, 4096, PROT_READ); munmap(m, 4096);
  pipe2(pair, O_CLOEXEC); struct iovec io = { "a", 1 }; writev(pair[1], &io, 1); poll(&(struct pollfd){ pair[0], POLLIN }, 1, 5); fd_set set; FD_ZERO(&set); FD_SET(pair[0], &set); select(pair[0] + 1, &set, 0, 0, &(struct timeval){ 0, 5 });
  int e = epoll_create1(0); epoll_ctl(e, EPOLL_CTL_ADD, pair[0], &(struct epoll_event){ EPOLLIN }); struct epoll_event ev; epoll_wait(e, &ev, 1, 5); eventfd(0, 0); timerfd_create(CLOCK_MONOTONIC, 0); inotify_init1(0);
  int s = socket(AF_INET, SOCK_DGRAM, 0); setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, 4); socketpair(AF_UNIX, SOCK_STREAM, 0, pair); send(pair[0], "a", 1, 0); char c; recv(pair[1], &c, 1, 0); shutdown(pair[0], SHUT_RD);
  struct addrinfo *ai = 0; printf("%d\n", getaddrinfo("localhost", "http", 0, &ai)); getpwnam("root"); gethostbyname("nohost.invalid");
  pid_t pid; posix_spawn(&pid, "/bin/true", 0, 0, (char *[]){ "true", 0 }, environ); waitpid(pid, 0, 0); if (!(pid = fork())) _exit(0); wait4(pid, 0, 0, 0); system("true"); FILE *p = popen("true", "r"); pclose(p);
  DIR *d = opendir("/"); readdir(d); closedir(d); getcwd((char[99]){ 0 }, 99); mkdir("/tmp/wd", 0700); rmdir("/tmp/wd"); symlink("a", "/tmp/ws"); unlink("/tmp/ws"); rename(name, "/tmp/wr"); access("/tmp/wr", R_OK); unlink("/tmp/wr"); realpath("/bin/sh", 0); umask(022); getrlimit(RLIMIT_NOFILE, &(struct rlimit){ 0 }); getrusage(0, &(struct rusage){ 0 }); getpriority(0, 0); nice(1); setpgid(0, 0); getsid(0); isatty(1); sysconf(_SC_NPROCESSORS_ONLN); timer_t timer; timer_create(CLOCK_MONOTONIC, 0, &timer); timer_delete(timer); setitimer(ITIMER_REAL, &(struct itimerval){ { 0, 0 }, { 1, 0 } }, 0); usleep(10); syscall(SYS_gettid); tmpfile(); signal(SIGUSR1, SIG_IGN); sigprocmask(0, 0, 0); setuid(getuid()); printf("%ld %s\n", (long)time(0), un.release);
  return 0;
}
