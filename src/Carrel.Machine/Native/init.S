# What a container's first process is between `create` and `start`: a whole static ELF file of our own, without data, libraries or stack
# use, that executes the list of system calls behind it (steps.inc). The last of them is the execve of the user's program. The list is
# put behind this page and its size into the second program header by InitImage.cs.
#
# A failed step is told on the blob's report_fd: eight bytes of -errno, then the name of the step.

        .include "steps.inc"
        .set    INIT_BASE, 0x400000
        .set    PAGE, 0x1000
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
        .short  64, 56, 3, 0, 0, 0
program_headers:
        .long   1, 5                    # PT_LOAD, R+X
        .quad   0, INIT_BASE, INIT_BASE, image_end - elf_header, image_end - elf_header, PAGE
        .long   1, 6                    # PT_LOAD, R+W: the blob. p_filesz at offset 152, p_memsz at 160
        .quad   PAGE, INIT_BASE + PAGE, INIT_BASE + PAGE, 0, 0, PAGE
        .long   0x6474e551, 6           # PT_GNU_STACK, RW: no executable stack
        .quad   0, 0, 0, 0, 0, 16

_start:
        movl    $INIT_BASE + PAGE, %ebp
        RUN_STEPS
steps_failed:
        movq    %rax, 16(%rbp)
        movq    24(%rbp), %rdi          # report_fd
        leaq    16(%rbp), %rsi
        movl    $8, %edx
        movl    $1, %eax                # write
        syscall
        movl    $1, %edi                # nobody listens: somebody has executed /proc/self/exe, where there is nothing to do
        testq   %rax, %rax
        js      7f
        movq    24(%rbp), %rdi
        movl    88(%rbx), %esi
        addq    %rbp, %rsi
        movl    92(%rbx), %edx
        movl    $1, %eax
        syscall
        movl    $127, %edi
        jmp     7f
steps_forked:                           # tells the pid, eight bytes
        movq    24(%rbp), %rdi
        leaq    56(%rbx), %rsi
        movl    $8, %edx
        movl    $1, %eax
        syscall
steps_done:
        xorl    %edi, %edi
7:      movl    $231, %eax              # exit_group
        syscall
        ud2
image_end:
