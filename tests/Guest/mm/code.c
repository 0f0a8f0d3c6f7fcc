// Code a program writes itself.
#include "../support/mem.h"

typedef int (*function)(void);

// mov $value, %eax; ret
static void assemble(char *at, int value)
{
    at[0] = (char)0xb8;
    memcpy(at + 1, &value, 4);
    at[5] = (char)0xc3;
}

TEST(code_in_writable_and_executable_memory_runs)
{
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW | PROT_EXEC, ANON, -1, 0));
    assemble(p, 42);
    EXPECT_EQ(((function)p)(), 42);
}

TEST(code_changed_in_place_runs_changed)
{
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW | PROT_EXEC, ANON, -1, 0));
    for (int i = 0; i < 1000; i++) {
        assemble(p, i);
        EXPECT_EQ(((function)p)(), i);
    }
}

TEST(code_written_then_made_executable_runs)
{
    char *p = map_pages(1);
    for (int i = 0; i < 50; i++) {
        EXPECT_OK(mprotect(p, PAGE, RW));
        assemble(p, i);
        EXPECT_OK(mprotect(p, PAGE, PROT_READ | PROT_EXEC));
        EXPECT_EQ(((function)p)(), i);
    }
}

TEST(code_in_a_double_mapping_runs)
{
    // One memfd, writable at one address and executable at another: what .NET and others do for W^X.
    int fd = EXPECT_OK(memfd_create("code", 0));
    EXPECT_OK(ftruncate(fd, PAGE));
    char *w = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
    char *x = EXPECT_OK((char *)mmap(0, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0));
    for (int i = 0; i < 100; i++) {
        assemble(w, i);
        EXPECT_EQ(((function)x)(), i);
    }
    EXPECT_FAULT(w, EXECUTE_IT, SIGSEGV, SEGV_ACCERR);
    EXPECT_FAULT(x, WRITE_IT, SIGSEGV, SEGV_ACCERR);
}

TEST(code_read_from_a_file_runs)
{
    char page[PAGE] = { 0 };
    assemble(page, 77);
    int fd = EXPECT_OK(open("code", O_RDWR | O_CREAT, 0755));
    EXPECT_EQ(write(fd, page, PAGE), PAGE);
    char *p = mmap(0, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED && errno == EPERM)
        SKIP("the file system is noexec");
    EXPECT_EQ(((function)p)(), 77);
}

TEST(code_read_by_read_runs)
{
    char page[16] = { 0 };
    assemble(page, 99);
    int fds[2];
    EXPECT_OK(pipe(fds));
    EXPECT_EQ(write(fds[1], page, 16), 16);
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW | PROT_EXEC, ANON, -1, 0));
    EXPECT_EQ(read(fds[0], p, 16), 16);
    EXPECT_EQ(((function)p)(), 99);
}

TEST(code_is_copied_by_fork)
{
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW | PROT_EXEC, ANON, -1, 0));
    assemble(p, 1);
    IN_CHILD({
        EXPECT_EQ(((function)p)(), 1);
        assemble(p, 2);
        EXPECT_EQ(((function)p)(), 2);
    });
    EXPECT_EQ(((function)p)(), 1);
}

TEST(code_across_a_page_boundary_runs)
{
    char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, RW | PROT_EXEC, ANON, -1, 0));
    for (int at = (int)PAGE - 6; at <= (int)PAGE; at++) {
        assemble(p + at, at);
        EXPECT_EQ(((function)(p + at))(), at);
    }
}

TEST(code_that_falls_off_its_page_faults_on_the_next)
{
    char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, RW | PROT_EXEC, ANON, -1, 0));
    p[PAGE - 1] = (char)0x90; // nop
    EXPECT_OK(mprotect(p + PAGE, PAGE, PROT_NONE));
    struct fault fault = fault_at(p + PAGE - 1, EXECUTE_IT);
    EXPECT_EQ(fault.number, SIGSEGV);
    EXPECT_EQ(fault.code, SEGV_ACCERR);
    EXPECT_EQ(fault.address, p + PAGE);
}

// mov $nr, %eax; syscall; ret
static void assemble_syscall(char *at, int number)
{
    assemble(at, number);
    at[5] = 0x0f;
    at[6] = 0x05;
    at[7] = (char)0xc3;
}

TEST(a_system_call_made_by_generated_code_works)
{
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW | PROT_EXEC, ANON, -1, 0));
    for (int i = 0; i < 200; i++) {
        assemble_syscall(p, SYS_getpid);
        EXPECT_EQ(((function)p)(), getpid());
        assemble_syscall(p, SYS_getppid);
        EXPECT_EQ(((function)p)(), getppid());
    }
}

TEST(a_system_call_at_the_end_of_a_page_works)
{
    char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, RW | PROT_EXEC, ANON, -1, 0));
    for (int at = (int)PAGE - 8; at <= (int)PAGE; at++) {
        assemble_syscall(p + at, SYS_getpid);
        for (int i = 0; i < 20; i++)
            EXPECT_EQ(((function)(p + at))(), getpid());
    }
}

TEST(a_jump_into_the_middle_of_a_system_call_instruction_works)
{
    // The bytes 0f 05 are entered directly, with the number in eax from elsewhere.
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW | PROT_EXEC, ANON, -1, 0));
    assemble_syscall(p, SYS_getppid);
    for (int i = 0; i < 200; i++) {
        EXPECT_EQ(((function)p)(), getppid());
        long result = SYS_getpid;
        __asm__ volatile("call *%1" : "+a"(result) : "r"(p + 5) : "rcx", "r11", "memory");
        EXPECT_EQ(result, getpid());
    }
}

TEST(the_program_may_read_and_replace_its_own_text)
{
    char *page = (char *)((unsigned long)main & -PAGE);
    char copy[PAGE];
    memcpy(copy, page, PAGE);
    EXPECT_OK(mprotect(page, PAGE, RW | PROT_EXEC));
    memcpy(page, copy, PAGE);
    EXPECT_OK(mprotect(page, PAGE, PROT_READ | PROT_EXEC));
    EXPECT_MEMEQ(page, copy, PAGE);
}
