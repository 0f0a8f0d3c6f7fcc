# The stub: the only host code that runs in a guest's address space.
#
# One page, linked as a complete ELF file at STUB_CODE, so that exec maps just this page. It has no data and no stack use of
# its own: what it needs it keeps in registers, because guest code may write to every byte of the control slot while the
# stub runs. Nothing here is trusted by the kernel process: each system call made from this page (but rt_sigreturn) is a seccomp
# notification that is let through only if it is exactly the one that was asked for.

        .include "layout.inc"
        .code64
        .text
        .globl  _start

elf_header:
        .byte   0x7f, 'E', 'L', 'F', 2, 1, 1, 0
        .quad   0
        .short  2, 62                   # ET_EXEC, EM_X86_64
        .long   1
        .quad   _start
        .quad   program_headers - elf_header
        .quad   0
        .long   0
        .short  64, 56, 2, 0, 0, 0
program_headers:
        .long   1, 5                    # PT_LOAD, R+X
        .quad   0, STUB_CODE, STUB_CODE, image_end - elf_header, image_end - elf_header, 0x1000
        .long   0x6474e551, 6           # PT_GNU_STACK, RW: no executable stack
        .quad   0, 0, 0, 0, 0, 16
        .quad   handler, return_to_guest        # at offset 176: what rt_sigaction is told (StubImage.cs)

# ---------------------------------------------------------------------------------------------------------------
# Signal handler for SIGSYS, faults and the kick. All registers of the guest are in the frame, so all are free here.
# rsp points at the frame (its return address), which the kernel built at the top of the thread's alternate stack.
handler:
        movl    $BELL_TRAP, %eax
        syscall

# rax = answer of a doorbell: 0 = go back to guest code, else list address | confirm flag | number of calls.
answered:
        testq   %rax, %rax
        jz      return_to_guest
        movq    %rax, %r15
        movq    %rax, %rbx
        andq    $~0xfff, %rbx
        movl    %eax, %r12d
        andl    $ANSWER_COUNT, %r12d
next_call:
        jz      list_done               # flags: of r12d
        movq    (%rbx), %rax
        movq    8(%rbx), %rdi
        movq    16(%rbx), %rsi
        movq    24(%rbx), %rdx
        movq    32(%rbx), %r10
        movq    40(%rbx), %r8
        movq    48(%rbx), %r9
        movl    %eax, %r14d
        syscall
        cmpq    $-4095, %rax
        jae     call_failed
        testq   %rax, %rax
        jnz     call_done
        cmpl    $56, %r14d              # clone returned 0: this is the child
        je      child
call_done:
        addq    $CALL_SIZE, %rbx
        decl    %r12d
        jmp     next_call

list_done:
        movq    %r15, %rbx
        andq    $~0xfff, %rbx
        movl    $1, DONE_WORD(%rbx)
        testl   $ANSWER_CONFIRM, %r15d
        jz      return_to_guest
        movl    $BELL_CONFIRM, %eax
        syscall
        jmp     answered

call_failed:
        movl    %r12d, %edi
        movq    %rax, %rsi
        movl    $BELL_FAILED, %eax
        syscall
        jmp     answered

return_to_guest:
        addq    $8, %rsp                # as if the handler had returned to its restorer
        movl    $15, %eax
        syscall                         # rt_sigreturn
        ud2

# A new thread or process. Registers are the parent's; of memory, a forked child still shares its parent's slot and must not
# write there. The parent's call was clone(rdi=flags, rsi=stack, rdx=0, r10=0, r8, r9).
child:
        testl   $0x100, %edi            # CLONE_VM
        jz      forked
        movl    $BELL_CHILD, %eax
        syscall
        jmp     answered

# A forked child: r8 = slot size, r9 = slot address (clone ignores both). The answer is the file offset of the child's own slot, which
# replaces the parent's at the same address; so rsp is right, and the list lies where the parent's was.
forked:
        movq    %r8, %rsi
        movq    %r9, %rdi
        movl    $BELL_CHILD, %eax
        syscall
        movq    %rax, %r15
        andl    $0xfff, %r15d           # clears the upper half too
        orq     %rdi, %r15
        movq    %rax, %r9
        andq    $~0xfff, %r9
        xorl    %r8d, %r8d
        movl    $0x11, %r10d            # MAP_SHARED | MAP_FIXED
        movl    $3, %edx                # PROT_READ | PROT_WRITE
        movl    $9, %eax                # mmap, fd 0 is the frames file
        syscall
        cmpq    $-4095, %rax
        jae     give_up
        movq    %r15, %rax
        jmp     answered
give_up:
        ud2                             # signals are blocked: the host kills the process and the kernel process sees it

# ---------------------------------------------------------------------------------------------------------------
# Entry after exec: maps the boot window and runs the list there, without a filter at first; the list ends by loading it.
# Entry flags: 1 = add the vDSO's address to the first argument, 2 = failure does not matter.
_start:
        movq    (%rsp), %rcx            # argc
        leaq    16(%rsp,%rcx,8), %rsi   # envp
1:      lodsq
        testq   %rax, %rax
        jnz     1b
        xorl    %r13d, %r13d
2:      lodsq                           # auxiliary vector
        movq    %rax, %rcx
        lodsq
        cmpl    $33, %ecx               # AT_SYSINFO_EHDR
        cmoveq  %rax, %r13
        testl   %ecx, %ecx
        jnz     2b

        movabsq $SLOT_BASE, %rdi
        movl    $BOOT_WINDOW, %esi
        movl    $3, %edx
        movl    $0x11, %r10d
        xorl    %r8d, %r8d
        xorl    %r9d, %r9d
        movl    $9, %eax
        syscall
        cmpq    $-4095, %rax
        jae     boot_failed
        leaq    BOOT_LIST(%rax), %rbx
boot_call:
        movq    (%rbx), %rax
        testq   %rax, %rax
        js      boot_done
        movq    8(%rbx), %rdi
        movq    16(%rbx), %rsi
        movq    24(%rbx), %rdx
        movq    32(%rbx), %r10
        movq    40(%rbx), %r8
        movq    48(%rbx), %r9
        movq    56(%rbx), %r12
        testl   $1, %r12d
        jz      3f
        testq   %r13, %r13
        jz      4f                      # no vDSO: nothing to do
        addq    %r13, %rdi
3:      syscall
        cmpq    $-4095, %rax
        jb      4f
        testl   $2, %r12d
        jz      boot_failed
4:      addq    $CALL_SIZE, %rbx
        jmp     boot_call
boot_done:
        xorl    %ebp, %ebp
        ud2                             # SIGILL: the first trap, made by the host kernel, shows where frames lie
boot_failed:
        movl    $1, %edi
        movl    $231, %eax
        syscall
        ud2

image_end:
