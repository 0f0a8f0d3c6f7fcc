# long carrel_spawn(struct spawn *request)
#
#   struct spawn { void *clone_args; u64 clone_args_size; struct step *steps; u64 count; s64 failed_step; s64 failed_error; };
#   struct step  { u64 nr; u64 args[6]; u64 flags; s64 result; };                    // 72 bytes
#
# clone3 and then, in the child, a list of system calls; the child runs no code but this. With CLONE_VM|CLONE_VFORK the parent sees
# which step failed. Step flags: 1 = failure does not matter; bits 8-11 = n+1 and bits 16-31 = k: argument n is the result
# of step k. A step that execs does not come back; a list that ends without one exits with status 0, a failed step with 127.
# Returns the child's pid or a negative errno of clone3.

        .set    STEP_SIZE, 72

        .text
        .globl  carrel_spawn
        .type   carrel_spawn, @function
carrel_spawn:
        pushq   %rbx
        pushq   %rbp
        pushq   %r12
        pushq   %r13
        pushq   %r14
        subq    $16, %rsp
        movq    %rdi, %rbp              # request

        # No signal handler of the parent may run in the child, which shares its memory.
        movq    $-1, 8(%rsp)
        movl    $2, %edi                # SIG_SETMASK
        leaq    8(%rsp), %rsi
        movq    %rsp, %rdx              # old mask
        movl    $8, %r10d
        movl    $14, %eax               # rt_sigprocmask
        syscall

        movq    (%rbp), %rdi
        movq    8(%rbp), %rsi
        movl    $435, %eax              # clone3, stack 0: the child goes on with this stack but writes nothing to it
        syscall
        testq   %rax, %rax
        jz      spawn_child

        movq    %rax, %rbx
        movl    $2, %edi
        movq    %rsp, %rsi
        xorl    %edx, %edx
        movl    $8, %r10d
        movl    $14, %eax
        syscall
        movq    %rbx, %rax
        addq    $16, %rsp
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbp
        popq    %rbx
        ret

spawn_child:
        movq    16(%rbp), %rbx          # step
        xorl    %r13d, %r13d            # index
1:      cmpq    24(%rbp), %r13
        jae     3f
        movq    56(%rbx), %r12          # flags
        movl    %r12d, %ecx
        shrl    $8, %ecx
        andl    $15, %ecx
        jz      2f
        movl    %r12d, %eax             # argument ecx-1 = result of step k
        shrl    $16, %eax
        imulq   $STEP_SIZE, %rax, %rax
        addq    16(%rbp), %rax
        movq    64(%rax), %rax
        movq    %rax, (%rbx,%rcx,8)     # args begin 8 bytes into the step, hence no -1
2:      movq    (%rbx), %rax
        movq    8(%rbx), %rdi
        movq    16(%rbx), %rsi
        movq    24(%rbx), %rdx
        movq    32(%rbx), %r10
        movq    40(%rbx), %r8
        movq    48(%rbx), %r9
        syscall
        movq    %rax, 64(%rbx)
        addq    $STEP_SIZE, %rbx
        incq    %r13
        cmpq    $-4095, %rax
        jb      1b
        testl   $1, %r12d
        jnz     1b
        decq    %r13
        movq    %r13, 32(%rbp)
        movq    %rax, 40(%rbp)
        movl    $127, %edi
        jmp     4f
3:      xorl    %edi, %edi
4:      movl    $231, %eax              # exit_group
        syscall
        ud2
        .size   carrel_spawn, . - carrel_spawn

        .section .note.GNU-stack, "", @progbits
