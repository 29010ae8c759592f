// Files, programs, signals, names and a server with its client, as Go's own packages do them.
package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

func main() {
	dir, _ := os.MkdirTemp("", "x")
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "a")
	os.WriteFile(name, []byte("abc"), 0600)
	os.Symlink(name, name+"s")
	os.Link(name, name+"l")
	os.Rename(name+"l", name+"m")
	os.Chmod(name, 0644)
	os.Chtimes(name, time.Now(), time.Now())
	os.Truncate(name, 1)
	os.Lstat(name + "s")
	os.Readlink(name + "s")
	os.ReadDir(dir)
	in, _ := os.Open(name)
	out, _ := os.Create(name + "c")
	io.Copy(out, in)
	out.Sync()
	out.Chown(0, 0)
	r, w, _ := os.Pipe()
	go w.Write([]byte("a"))
	r.Read(make([]byte, 1))
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	syscall.Kill(os.Getpid(), syscall.SIGUSR1)
	<-signals
	command := exec.Command("/bin/true")
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	fmt.Println(command.Run())
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	exec.CommandContext(ctx, "sleep", "5").Run()
	fmt.Println(net.LookupHost("localhost"))
	fmt.Println(user.Current())
	net.Interfaces()
	server := httptest.NewTLSServer(http.FileServer(http.Dir(dir)))
	client := server.Client()
	client.Transport.(*http.Transport).TLSClientConfig.MinVersion = tls.VersionTLS12
	if response, err := client.Get(server.URL + "/ac"); err == nil {
		io.Copy(io.Discard, response.Body)
	}
	server.Close()
	packet, _ := net.ListenPacket("udp", "127.0.0.1:0")
	packet.WriteTo([]byte("a"), packet.LocalAddr())
	unix, _ := net.Listen("unix", filepath.Join(dir, "s"))
	net.Dial("unix", unix.Addr().String())
	rand.Read(make([]byte, 100))
	memory, _ := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	syscall.Munmap(memory)
	syscall.Flock(int(in.Fd()), syscall.LOCK_SH)
	syscall.Uname(&syscall.Utsname{})
	var limit syscall.Rlimit
	syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
	runtime.LockOSThread()
	runtime.GC()
	time.Sleep(10 * time.Millisecond)
	fmt.Println(len(os.Args), time.Now().Year() > 0)
}
