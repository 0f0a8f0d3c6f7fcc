// What a bad access raises: signal, si_code, si_addr.
#include "../support/mem.h"

TEST(a_null_pointer_is_MAPERR_at_zero)
{
    EXPECT_UNMAPPED((char *)0);
    EXPECT_FAULT((char *)0, WRITE_IT, SIGSEGV, SEGV_MAPERR);
    EXPECT_FAULT((char *)16, READ_IT, SIGSEGV, SEGV_MAPERR);
}

TEST(the_exact_address_is_reported)
{
    char *p = map_pages(3);
    EXPECT_OK(mprotect(p + PAGE, PAGE, PROT_NONE));
    EXPECT_FAULT(p + PAGE + 1234, READ_IT, SIGSEGV, SEGV_ACCERR);
    EXPECT_OK(munmap(p + PAGE, PAGE));
    EXPECT_FAULT(p + PAGE + 77, WRITE_IT, SIGSEGV, SEGV_MAPERR);
    EXPECT_FAULT(p + 2 * PAGE - 1, WRITE_IT, SIGSEGV, SEGV_MAPERR);
}

TEST(an_access_that_straddles_reports_the_page_that_is_missing)
{
    char *guard = pages_before_guard(1);
    // An 8-byte read at guard - 4: the fault is at the guard page.
    static volatile long value;
    struct sigaction action = { .sa_sigaction = fault_handler, .sa_flags = SA_SIGINFO };
    EXPECT_OK(sigaction(SIGSEGV, &action, 0));
    if (sigsetjmp(fault_return, 1) == 0)
        value = *(volatile long *)(guard - 4);
    EXPECT_EQ(fault_seen.number, SIGSEGV);
    EXPECT_EQ(fault_seen.address, guard);
    (void)value;
}

TEST(a_write_to_program_text_is_ACCERR)
{
    EXPECT_FAULT((char *)main, WRITE_IT, SIGSEGV, SEGV_ACCERR);
}

static const char constant[] = "read only data";

TEST(a_write_to_constants_is_ACCERR)
{
    EXPECT_FAULT((char *)constant, WRITE_IT, SIGSEGV, SEGV_ACCERR);
}

TEST(execution_of_data_is_ACCERR)
{
    static char data[1] = { (char)0xc3 };
    EXPECT_FAULT((char *)data, EXECUTE_IT, SIGSEGV, SEGV_ACCERR);
}

TEST(execution_of_nothing_is_MAPERR_at_that_address)
{
    char *p = free_pages(1);
    EXPECT_FAULT(p + 5, EXECUTE_IT, SIGSEGV, SEGV_MAPERR);
    EXPECT_FAULT((char *)0, EXECUTE_IT, SIGSEGV, SEGV_MAPERR);
}

TEST(a_non_canonical_address_is_SI_KERNEL_without_address)
{
    struct fault fault = fault_at((void *)0x8000000000000000ul, READ_IT);
    EXPECT_EQ(fault.number, SIGSEGV);
    EXPECT_EQ(fault.code, SI_KERNEL);
    EXPECT_EQ(fault.address, 0);
}

TEST(a_kernel_address_is_MAPERR)
{
    EXPECT_EQ(fault_at((void *)0xffff888000000000ul, READ_IT).number, SIGSEGV);
    EXPECT_EQ(fault_at((void *)0xffffffff81000000ul, WRITE_IT).number, SIGSEGV);
}

TEST(the_last_user_address_is_unmapped)
{
    EXPECT_UNMAPPED((char *)(1ul << 47) - PAGE - 1);
}

TEST(a_page_beyond_the_end_of_a_file_is_SIGBUS)
{
    int fd = file_of_pages("f", 1);
    char *shared = EXPECT_OK((char *)mmap(0, 3 * PAGE, RW, MAP_SHARED, fd, 0));
    char *private = EXPECT_OK((char *)mmap(0, 3 * PAGE, RW, MAP_PRIVATE, fd, 0));
    EXPECT_FAULT(shared + PAGE, READ_IT, SIGBUS, BUS_ADRERR);
    EXPECT_FAULT(shared + 2 * PAGE + 9, WRITE_IT, SIGBUS, BUS_ADRERR);
    EXPECT_FAULT(private + PAGE, READ_IT, SIGBUS, BUS_ADRERR);
    EXPECT_FAULT(private + PAGE, WRITE_IT, SIGBUS, BUS_ADRERR);
}

TEST(a_page_that_may_not_be_accessed_is_SIGSEGV_even_beyond_the_end)
{
    int fd = file_of_pages("f", 1);
    char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0));
    EXPECT_FAULT(p + PAGE, WRITE_IT, SIGSEGV, SEGV_ACCERR);
}

TEST(a_fault_without_handler_kills)
{
    pid_t child = FORK(*(volatile char *)0 = 1);
    EXPECT_SIGNALED(child, SIGSEGV);
    int fd = file_of_pages("f", 0);
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
    child = FORK(*(volatile char *)p = 1);
    EXPECT_SIGNALED(child, SIGBUS);
}

static void map_the_page(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    char *page = (char *)((unsigned long)info->si_addr & -PAGE);
    if (mmap(page, PAGE, RW, ANON | MAP_FIXED, -1, 0) == MAP_FAILED)
        _exit(9);
    memset(page, 'h', PAGE);
}

TEST(a_handler_may_map_the_missing_page_and_return)
{
    char *p = free_pages(64);
    struct sigaction action = { .sa_sigaction = map_the_page, .sa_flags = SA_SIGINFO };
    EXPECT_OK(sigaction(SIGSEGV, &action, 0));
    for (int i = 0; i < 64; i++)
        EXPECT_EQ(((volatile char *)p)[i * PAGE + i], 'h');
}

static void unprotect(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    char *page = (char *)((unsigned long)info->si_addr & -PAGE);
    if (info->si_code != SEGV_ACCERR || mprotect(page, PAGE, RW) == -1)
        _exit(9);
}

TEST(a_write_barrier_by_protection_sees_each_page_once)
{
    static volatile int dirty;
    char *p = map_pages(32);
    struct sigaction action = { .sa_sigaction = unprotect, .sa_flags = SA_SIGINFO };
    EXPECT_OK(sigaction(SIGSEGV, &action, 0));
    for (int round = 1; round <= 3; round++) {
        EXPECT_OK(mprotect(p, 32 * PAGE, PROT_READ));
        for (int i = 0; i < 32 * (int)PAGE; i += 512)
            p[i] = (char)round;
        dirty++;
    }
    EXPECT_EQ(p[31 * PAGE], 3);
}

TEST(a_file_that_grew_needs_no_new_mapping)
{
    int fd = file_of_pages("f", 1);
    char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, RW, MAP_SHARED, fd, 0));
    EXPECT_FAULT(p + PAGE, READ_IT, SIGBUS, BUS_ADRERR);
    EXPECT_OK(ftruncate(fd, 2 * PAGE));
    EXPECT_EQ(p[PAGE], 0);
    EXPECT_NO_FAULT(p + PAGE, WRITE_IT);
}
