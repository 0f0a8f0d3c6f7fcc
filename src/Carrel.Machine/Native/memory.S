# Memory access that may fault: guest frames above the memory limit and pages of truncated host files raise SIGBUS. A fault between
# faulting_begin and faulting_end makes the routine return 1; any other fault goes to the handler that was there before
# (the .NET runtime's).

        .text
faulting_begin:

# int carrel_copy(void *to, const void *from, size_t n): 0, or 1 after a fault (a part may have been copied)
        .globl  carrel_copy
        .type   carrel_copy, @function
carrel_copy:
        xorl    %eax, %eax
        cmpq    $16, %rdx
        jb      2f
        cmpq    $512, %rdx
        jae     1f
        movups  -16(%rsi,%rdx), %xmm1   # the tail, which may overlap the last full block
        leaq    -16(%rdi,%rdx), %rcx    # where it goes
        jmp     9f
0:      movups  (%rsi), %xmm0
        movups  %xmm0, (%rdi)
        addq    $16, %rsi
        addq    $16, %rdi
9:      cmpq    %rcx, %rdi
        jb      0b
        movups  %xmm1, (%rcx)
        ret
1:      movq    %rdx, %rcx
        rep movsb
        ret
2:      cmpl    $8, %edx
        jb      3f
        movq    (%rsi), %rcx
        movq    -8(%rsi,%rdx), %r8
        movq    %rcx, (%rdi)
        movq    %r8, -8(%rdi,%rdx)
        ret
3:      cmpl    $4, %edx
        jb      4f
        movl    (%rsi), %ecx
        movl    -4(%rsi,%rdx), %r8d
        movl    %ecx, (%rdi)
        movl    %r8d, -4(%rdi,%rdx)
        ret
4:      testl   %edx, %edx
        jz      5f
        movzbl  (%rsi), %ecx
        movzbl  -1(%rsi,%rdx), %r8d
        cmpl    $3, %edx
        jne     6f
        movzbl  1(%rsi), %r9d
        movb    %r9b, 1(%rdi)
6:      movb    %cl, (%rdi)
        movb    %r8b, -1(%rdi,%rdx)
5:      ret
        .size   carrel_copy, . - carrel_copy

# int carrel_zero(void *to, size_t n): as carrel_copy
        .globl  carrel_zero
        .type   carrel_zero, @function
carrel_zero:
        movq    %rsi, %rcx
        xorl    %eax, %eax
        rep stosb
        ret
        .size   carrel_zero, . - carrel_zero

# int carrel_load32(const int *from, int *value)
        .globl  carrel_load32
        .type   carrel_load32, @function
carrel_load32:
        xorl    %eax, %eax
        movl    (%rdi), %ecx
        movl    %ecx, (%rsi)
        ret
        .size   carrel_load32, . - carrel_load32

# int carrel_cmpxchg32(int *target, int expected, int desired, int *observed)
        .globl  carrel_cmpxchg32
        .type   carrel_cmpxchg32, @function
carrel_cmpxchg32:
        movl    %esi, %eax
        lock cmpxchgl %edx, (%rdi)
        movl    %eax, (%rcx)
        xorl    %eax, %eax
        ret
        .size   carrel_cmpxchg32, . - carrel_cmpxchg32

faulting_end:

faulted:
        movl    $1, %eax
        cld
        ret

# The handler: rdi=signal rsi=siginfo rdx=ucontext; offset 168 is the saved rip. The routines push nothing, so after the
# rewrite `faulted` returns straight to their caller.
fault_handler:
        movq    168(%rdx), %rax
        leaq    faulting_begin(%rip), %rcx
        cmpq    %rcx, %rax
        jb      1f
        leaq    faulting_end(%rip), %rcx
        cmpq    %rcx, %rax
        jae     1f
        leaq    faulted(%rip), %rax
        movq    %rax, 168(%rdx)
        ret
1:      leaq    previous_segv(%rip), %rax
        leaq    previous_bus(%rip), %rcx
        cmpl    $7, %edi
        cmoveq  %rcx, %rax
        movq    (%rax), %rax
        cmpq    $1, %rax
        ja      2f
        # Nobody before us: restore the default; the instruction faults again and ends the process.
        subq    $40, %rsp
        movq    $0, (%rsp)
        movq    $0, 8(%rsp)
        movq    $0, 16(%rsp)
        movq    $0, 24(%rsp)
        movq    %rsp, %rsi
        xorl    %edx, %edx
        movl    $8, %r10d
        movl    $13, %eax
        syscall
        addq    $40, %rsp
        ret
2:      jmp     *%rax

restorer:
        movl    $15, %eax
        syscall
        ud2

# long carrel_install_fault_handler(void): puts the handler in front of the present ones of SIGSEGV and SIGBUS. Once per process.
        .globl  carrel_install_fault_handler
        .type   carrel_install_fault_handler, @function
carrel_install_fault_handler:
        pushq   %rbx
        movl    $11, %edi
        leaq    previous_segv(%rip), %rbx
        call    install_one
        testq   %rax, %rax
        jnz     1f
        movl    $7, %edi
        leaq    previous_bus(%rip), %rbx
        call    install_one
1:      popq    %rbx
        ret
        .size   carrel_install_fault_handler, . - carrel_install_fault_handler

install_one:                            # edi = signal, rbx = where the previous handler is kept
        subq    $40, %rsp
        xorl    %esi, %esi
        movq    %rsp, %rdx
        movl    $8, %r10d
        movl    $13, %eax               # rt_sigaction: {handler, flags, restorer, mask}
        syscall
        testq   %rax, %rax
        jnz     1f
        movq    (%rsp), %rax
        movq    %rax, (%rbx)
        leaq    fault_handler(%rip), %rax
        movq    %rax, (%rsp)
        leaq    restorer(%rip), %rax
        movq    %rax, 16(%rsp)
        orq     $0x04000004, 8(%rsp)    # SA_RESTORER | SA_SIGINFO
        movq    %rsp, %rsi
        xorl    %edx, %edx
        movl    $8, %r10d
        movl    $13, %eax
        syscall
1:      addq    $40, %rsp
        ret

        .bss
        .balign 8
previous_segv:  .skip 8
previous_bus:   .skip 8

        .section .note.GNU-stack, "", @progbits
