# long carrel_spawn(struct spawn *request)
#
#   struct spawn { void *clone_args; u64 clone_args_size; struct blob *list; };
#
# clone3 and then, in the child, the list of system calls in the blob (steps.inc); the child runs no code but this. The blob lies in shared
# memory, so the parent sees which step failed whether or not the child shares the rest. A list that ends without an exec exits with
# status 0, a failed step with 127. Returns the child's pid or a negative errno of clone3. Without CLONE_VFORK the parent goes on at once: the child
# looks neither at the stack, which it may share, nor at the request.

        .include "steps.inc"
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

        # No signal handler of the parent may run in the child, which may share its memory.
        movq    $-1, 8(%rsp)
        movl    $2, %edi                # SIG_SETMASK
        leaq    8(%rsp), %rsi
        movq    %rsp, %rdx              # old mask
        movl    $8, %r10d
        movl    $14, %eax               # rt_sigprocmask
        syscall

        movq    16(%rbp), %r14          # list
        movq    (%rbp), %rdi
        movq    8(%rbp), %rsi
        movl    $435, %eax              # clone3, stack 0: the child goes on with this stack pointer
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
        movq    %r14, %rbp
        RUN_STEPS
steps_failed:
        movq    %r13, 8(%rbp)
        movq    %rax, 16(%rbp)
        movl    $127, %edi
        jmp     7f
steps_done:
steps_forked:
        xorl    %edi, %edi
7:      movl    $231, %eax              # exit_group
        syscall
        ud2
        .size   carrel_spawn, . - carrel_spawn

        .section .note.GNU-stack, "", @progbits
