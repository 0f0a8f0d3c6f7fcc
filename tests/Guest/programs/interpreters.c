// PT_INTERP: the program that loads programs.
#include "../support/elf.h"

CODE(seven, EXIT(7));
CODE(nine, EXIT(9));

// A program that asks for the interpreter, at a fixed address.
static struct tiny with_interpreter(const char *path)
{
    struct tiny t = tiny_program(seven);
    strcpy(t.interpreter, path);
    add_segment(&t, (Elf64_Phdr){ .p_type = PT_INTERP, .p_offset = offsetof(struct tiny, interpreter),
                                  .p_filesz = strlen(path) + 1, .p_memsz = strlen(path) + 1 });
    return t;
}

static struct tiny movable(struct tiny t)
{
    t.ehdr.e_type = ET_DYN;
    t.phdr[0].p_vaddr = 0;
    t.ehdr.e_entry -= TINY_BASE;
    return t;
}

TEST(the_interpreter_runs_instead)
{
    struct tiny interpreter = movable(tiny_program(nine)), t = with_interpreter("./interp");
    write_tiny("interp", &interpreter);
    EXPECT_TINY_RUNS(&t, 9);
    struct tiny pie = movable(t);
    EXPECT_TINY_RUNS(&pie, 9);
}

TEST(an_interpreter_may_have_a_fixed_address)
{
    struct tiny interpreter = tiny_program(nine), t = with_interpreter("./interp");
    interpreter.phdr[0].p_vaddr += 0x1000000;
    interpreter.ehdr.e_entry += 0x1000000;
    write_tiny("interp", &interpreter);
    EXPECT_TINY_RUNS(&t, 9);
}

// Walks the stack to the auxiliary vector, finds the entry of the program, and goes there.
CODE(jump_to_entry, "mov %rsp, %rsi; lodsq; lea 8(%rsi,%rax,8), %rsi\n"
                    "1: lodsq; test %rax, %rax; jnz 1b\n"
                    "2: lodsq; mov %rax, %rcx; lodsq; cmp $9, %rcx; je 3f; test %rcx, %rcx; jnz 2b\n"
                    EXIT(8)
                    "3: jmp *%rax\n");

TEST(the_interpreter_finds_the_program)
{
    struct tiny interpreter = movable(tiny_program(jump_to_entry)), t = with_interpreter("./interp");
    write_tiny("interp", &interpreter);
    EXPECT_TINY_RUNS(&t, 7);
    struct tiny pie = movable(t);
    EXPECT_TINY_RUNS(&pie, 7);
}

// The base in the vector is where the interpreter is: its own first byte is 0x7f.
CODE(check_base, "mov %rsp, %rsi; lodsq; lea 8(%rsi,%rax,8), %rsi\n"
                 "1: lodsq; test %rax, %rax; jnz 1b\n"
                 "2: lodsq; mov %rax, %rcx; lodsq; cmp $7, %rcx; je 3f; test %rcx, %rcx; jnz 2b\n"
                 EXIT(8)
                 "3: cmpl $0x464c457f, (%rax); jne 4f\n"
                 "lea check_base(%rip), %rdx; sub %rax, %rdx; cmp $0x1000, %rdx; ja 4f\n" EXIT(6)
                 "4: " EXIT(5));

TEST(the_base_is_where_the_interpreter_lies)
{
    struct tiny interpreter = movable(tiny_program(check_base)), t = with_interpreter("./interp");
    write_tiny("interp", &interpreter);
    EXPECT_TINY_RUNS(&t, 6);
}

TEST(a_missing_interpreter_is_ENOENT)
{
    struct tiny t = with_interpreter("/no/such/interpreter");
    EXPECT_TINY_REFUSED(&t, ENOENT);
}

TEST(an_interpreter_that_is_not_executable_is_EACCES)
{
    struct tiny interpreter = movable(tiny_program(nine)), t = with_interpreter("./interp");
    write_tiny("interp", &interpreter);
    EXPECT_OK(chmod("interp", 0644));
    EXPECT_TINY_REFUSED(&t, EACCES);
    t = with_interpreter(".");
    EXPECT_TINY_REFUSED(&t, EACCES);
}

TEST(an_interpreter_that_is_no_program_is_ELIBBAD)
{
    struct tiny t = with_interpreter("./interp"), interpreter = movable(tiny_program(nine));
    static char text[4096] = "#!/bin/sh\n";
    write_file("interp", text, sizeof text, 0755);
    EXPECT_TINY_REFUSED(&t, ELIBBAD);
    interpreter.ehdr.e_machine = EM_AARCH64;
    write_tiny("interp", &interpreter);
    EXPECT_TINY_REFUSED(&t, ELIBBAD);
}

TEST(an_interpreter_that_is_too_short_is_EIO)
{
    struct tiny t = with_interpreter("./interp");
    WRITE_TEXT("interp", "short", 0755);
    EXPECT_TINY_REFUSED(&t, EIO);
}

TEST(a_name_without_an_end_is_ENOEXEC)
{
    struct tiny t = with_interpreter("./interp");
    t.phdr[2].p_filesz--;
    EXPECT_TINY_REFUSED(&t, ENOEXEC);
    t.phdr[2].p_filesz = 1;
    EXPECT_TINY_REFUSED(&t, ENOEXEC);
    t.phdr[2].p_filesz = 5000;
    EXPECT_TINY_REFUSED(&t, ENOEXEC);
}

TEST(an_interpreter_has_no_interpreter)
{
    // The second PT_INTERP is not looked at.
    struct tiny interpreter = movable(with_interpreter("/no/such/file")), t = with_interpreter("./interp");
    write_tiny("interp", &interpreter);
    EXPECT_TINY_RUNS(&t, 7);
}
