# The assembled waiter, as data.

        .text
        .globl  carrel_waiter_image
        .type   carrel_waiter_image, @function

# const void *carrel_waiter_image(u64 *length)
carrel_waiter_image:
        movq    $(image_end - image), (%rdi)
        leaq    image(%rip), %rax
        ret
        .size   carrel_waiter_image, . - carrel_waiter_image

        .section .rodata
        .balign 64
image:  .incbin "waiter.elf"
image_end:

        .section .note.GNU-stack, "", @progbits
