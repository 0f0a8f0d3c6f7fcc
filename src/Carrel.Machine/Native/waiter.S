# The host process that stands for a program that was started in a carrel from outside (exec). A whole ELF file of one page, started from a memfd.
#
# Descriptor 0: SOCK_SEQPACKET to the kernel process. In: byte 16, then the program's wait status. Out: byte 1, then a signal that somebody sent to us.
# All signals are blocked when it starts. It ends as the program did: with its status, or by its signal. If the carrel is gone, as by SIGKILL.

        .set    BASE, 0x400000
        .set    EXIT_MESSAGE, 16
        .set    SIGNAL_MESSAGE, 1

        .text
        .globl  _start
header: .byte   0x7f, 'E', 'L', 'F', 2, 1, 1, 0
        .quad   0
        .word   2, 62                   # ET_EXEC, x86-64
        .long   1
        .quad   BASE + (start - header)
        .quad   segment - header
        .quad   0
        .long   0
        .word   64, 56, 1, 0, 0, 0
segment:
        .long   1, 5                    # PT_LOAD, read and execute
        .quad   0, BASE, BASE
        .quad   end - header, end - header
        .quad   4096

_start:
start:  subq    $256, %rsp
        # signalfd4(-1, all, 8, 0): the host leaves out SIGKILL and SIGSTOP
        movq    $-1, (%rsp)
        movl    $289, %eax
        movl    $-1, %edi
        movq    %rsp, %rsi
        movl    $8, %edx
        xorl    %r10d, %r10d
        syscall
        movl    %eax, %r12d

again:  # ppoll({0, signals})
        movl    $0, (%rsp)
        movl    $1, 4(%rsp)             # POLLIN
        movl    %r12d, 8(%rsp)
        movl    $1, 12(%rsp)
        movl    $271, %eax
        movq    %rsp, %rdi
        movl    $2, %esi
        xorl    %edx, %edx
        xorl    %r10d, %r10d
        xorl    %r8d, %r8d
        syscall
        testl   %eax, %eax
        jle     again
        cmpw    $0, 6(%rsp)
        jne     message

        # read a struct signalfd_siginfo, pass its first word on
        xorl    %eax, %eax
        movl    %r12d, %edi
        leaq    64(%rsp), %rsi
        movl    $128, %edx
        syscall
        movl    64(%rsp), %eax
        movb    $SIGNAL_MESSAGE, 16(%rsp)
        movl    %eax, 17(%rsp)
        movl    $44, %eax               # sendto(0, message, 5, MSG_NOSIGNAL | MSG_DONTWAIT)
        xorl    %edi, %edi
        leaq    16(%rsp), %rsi
        movl    $5, %edx
        movl    $0x4040, %r10d
        xorl    %r8d, %r8d
        xorl    %r9d, %r9d
        syscall
        jmp     again

message:
        movl    $45, %eax               # recvfrom(0, message, 5)
        xorl    %edi, %edi
        leaq    16(%rsp), %rsi
        movl    $5, %edx
        xorl    %r10d, %r10d
        xorl    %r8d, %r8d
        xorl    %r9d, %r9d
        syscall
        cmpq    $-4, %rax               # EINTR
        je      again
        movl    $9, %ebx                # as by SIGKILL
        cmpq    $5, %rax
        jne     die
        cmpb    $EXIT_MESSAGE, 16(%rsp)
        jne     again
        movl    17(%rsp), %ebx
        testl   $0x7f, %ebx
        jnz     die
        movzbl  %bh, %edi
        jmp     exit

die:    # the signal's default action is in force: let it in and send it
        andl    $0x7f, %ebx
        movl    $39, %eax               # getpid
        syscall
        movl    %eax, %edi
        movl    %ebx, %esi
        movl    $62, %eax               # kill
        syscall
        movq    $0, (%rsp)
        movl    $14, %eax               # rt_sigprocmask(SIG_SETMASK, none)
        movl    $2, %edi
        movq    %rsp, %rsi
        xorl    %edx, %edx
        movl    $8, %r10d
        syscall
        leal    128(%rbx), %edi         # it did not end us
exit:   movl    $231, %eax
        syscall
        ud2
end:
        .section .note.GNU-stack, "", @progbits
