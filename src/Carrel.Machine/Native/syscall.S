# long carrel_syscall(long nr, long a0, long a1, long a2, long a3, long a4, long a5)
# The host's answer as it is: a negative errno on failure, no thread-local errno.

        .text
        .globl  carrel_syscall
        .type   carrel_syscall, @function
carrel_syscall:
        movq    %rdi, %rax
        movq    %rsi, %rdi
        movq    %rdx, %rsi
        movq    %rcx, %rdx
        movq    %r8, %r10
        movq    %r9, %r8
        movq    8(%rsp), %r9
        syscall
        ret
        .size   carrel_syscall, . - carrel_syscall

        .section .note.GNU-stack, "", @progbits
