// Small programs written byte by byte: one structure is the whole file.
#pragma once
#include "exec.h"
#include <elf.h>
#include <stddef.h>

#define TINY_BASE 0x400000ul
#define TINY_SEGMENTS 6

struct tiny {
    Elf64_Ehdr ehdr;
    Elf64_Phdr phdr[TINY_SEGMENTS];
    char code[512];
    char interpreter[64];
} __attribute__((aligned(16)));

// Machine code by name: CODE(name, "instructions") and then tiny_program(name).
#define CODE(NAME, INSTRUCTIONS)                                                     \
    __asm__(".pushsection .rodata\n" #NAME ": " INSTRUCTIONS "\n" #NAME "_end: .popsection"); \
    extern const char NAME[], NAME##_end[]

#define EXIT(CODE_) "mov $60, %eax; mov $" #CODE_ ", %edi; syscall\n"

static HARNESS_UNUSED struct tiny tiny_from(const char *code, size_t size)
{
    struct tiny t = {
        .ehdr = {
            .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT, ELFOSABI_NONE },
            .e_type = ET_EXEC,
            .e_machine = EM_X86_64,
            .e_version = EV_CURRENT,
            .e_entry = TINY_BASE + offsetof(struct tiny, code),
            .e_phoff = offsetof(struct tiny, phdr),
            .e_ehsize = sizeof(Elf64_Ehdr),
            .e_phentsize = sizeof(Elf64_Phdr),
            .e_phnum = 2,
        },
        .phdr = {
            { .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = TINY_BASE, .p_filesz = sizeof(struct tiny),
              .p_memsz = sizeof(struct tiny), .p_align = 4096 },
            { .p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W },
        },
    };
    EXPECT_LE(size, sizeof t.code);
    memcpy(t.code, code, size);
    return t;
}

#define tiny_program(NAME) tiny_from(NAME, NAME##_end - NAME)

static HARNESS_UNUSED Elf64_Phdr *add_segment(struct tiny *t, Elf64_Phdr phdr)
{
    Elf64_Phdr *added = &t->phdr[t->ehdr.e_phnum++];
    *added = phdr;
    return added;
}

static HARNESS_UNUSED void write_tiny(const char *name, const struct tiny *t)
{
    write_file(name, t, sizeof *t, 0755);
}

static HARNESS_UNUSED int run_tiny(const struct tiny *t)
{
    write_tiny("tiny", t);
    return RUN("./tiny");
}

#define EXPECT_TINY_RUNS(T, CODE_) EXPECT_EQ(run_tiny(T), (CODE_) << 8)
#define EXPECT_TINY_DIES(T, NUMBER) EXPECT_EQ(run_tiny(T) & ~0x80, NUMBER)
#define EXPECT_TINY_REFUSED(T, NUMBER) EXPECT_EQ(run_tiny(T), -(NUMBER))
