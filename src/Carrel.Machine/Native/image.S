# The assembled stub and the waiting init of a container, as data.

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

        .globl  carrel_init_image
        .type   carrel_init_image, @function

# const void *carrel_init_image(u64 *length)
carrel_init_image:
        movq    $(init_end - init), (%rdi)
        leaq    init(%rip), %rax
        ret
        .size   carrel_init_image, . - carrel_init_image

        .section .rodata
        .balign 64
image:  .incbin "stub.elf"
image_end:
        .balign 64
init:   .incbin "init.elf"
init_end:

        .section .note.GNU-stack, "", @progbits
