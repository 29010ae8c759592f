// System calls by number: direct, through a variable that holds the function, through an interface and a table.
package main

import (
	"fmt"
	"syscall"
)

type caller interface{ call() uintptr }
type first struct{}
type second struct{ number uintptr }

func (first) call() uintptr {
	r, _, _ := syscall.RawSyscall(syscall.SYS_GETPPID, 0, 0, 0)
	return r
}
func (s second) call() uintptr {
	r, _, _ := syscall.RawSyscall6(syscall.SYS_GETPGID, s.number, 0, 0, 0, 0, 0)
	return r
}

var table = []func() uintptr{
	func() uintptr { r, _, _ := syscall.Syscall(syscall.SYS_GETSID, 0, 0, 0); return r },
	func() uintptr { r, _, _ := syscall.Syscall6(syscall.SYS_SCHED_YIELD, 0, 0, 0, 0, 0, 0); return r },
}

func main() {
	for _, each := range []caller{first{}, second{0}} {
		fmt.Println(each.call())
	}
	for _, each := range table {
		fmt.Println(each())
	}
	var info syscall.Sysinfo_t
	syscall.Sysinfo(&info)
	syscall.Getpriority(0, 0)
	defer func() { recover() }()
	var nothing *int
	fmt.Println(*nothing)
}
