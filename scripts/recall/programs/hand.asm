; By hand, without any library: numbers by constants, through a table of functions, and the 32-bit ABI's calls.
global _start
section .data
functions: dq yield, parent
section .text
enter: syscall
  ret
yield: mov eax, 24
  jmp enter
parent: push 110
  pop rax
  call enter
  ret
_start: xor eax, eax
  mov al, 39
  syscall
  lea rbx, [rel functions]
  call [rbx]
  call [rbx+8]
  mov eax, 20
  int 0x80
  mov eax, 0x1000000 - 0xffffe5
  dec eax
  syscall
  mov edi, 0
  mov eax, 231
  syscall
