# The assembled stub, as data, and the numbers in it that C# needs.

        .include "layout.inc"
        .text
        .globl  carrel_stub_image
        .type   carrel_stub_image, @function

# const void *carrel_stub_image(u64 *length)
carrel_stub_image:
        movq    $(image_end - image), (%rdi)
        leaq    image(%rip), %rax
        ret
        .size   carrel_stub_image, . - carrel_stub_image

        .section .rodata
        .balign 64
image:  .incbin "stub.elf"
image_end:

        .section .note.GNU-stack, "", @progbits
