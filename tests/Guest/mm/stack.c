// The main stack and MAP_GROWSDOWN.
#include "../support/mem.h"
#include <pthread.h>
#include <sys/resource.h>

static __attribute__((noinline)) long use_stack(long bytes)
{
    volatile char block[64 << 10];
    block[0] = (char)bytes;
    return bytes <= 0 ? block[0] : use_stack(bytes - (long)sizeof block) + block[0];
}

static char *here(void)
{
    return (char *)((unsigned long)__builtin_frame_address(0) & -PAGE);
}

TEST(the_stack_grows_by_recursion)
{
    use_stack(6 << 20);
}

TEST(the_stack_grows_by_a_touch_far_below)
{
    char *p = here();
    EXPECT_NO_FAULT(p - (4 << 20), WRITE_IT);
    EXPECT_EQ(*(p - (2 << 20)), 0);
}

TEST(the_stack_of_a_child_grows)
{
    IN_CHILD(use_stack(6 << 20));
}

TEST(the_kernel_can_write_into_stack_that_has_not_grown_yet)
{
    int fd = file_of_pages("f", 1);
    char *p = here() - (3 << 20);
    EXPECT_EQ(pread(fd, p, PAGE, 0), PAGE);
    EXPECT_TRUE(is_filled(p, PAGE, 'a'));
}

TEST(the_stack_is_named_and_grows_in_maps)
{
    struct mapping before, after;
    EXPECT_TRUE(find_mapping(here(), &before));
    EXPECT_STREQ(before.path, "[stack]");
    EXPECT_STREQ(before.perms, "rw-p");
    *(volatile char *)(here() - (3 << 20)) = 1;
    EXPECT_TRUE(find_mapping(here(), &after));
    EXPECT_EQ(after.end, before.end);
    EXPECT_LT(after.start, before.end - (3 << 20) + PAGE);
}

TEST(a_stack_beyond_its_limit_is_SIGSEGV)
{
    struct rlimit limit = { 1 << 20, 1 << 20 };
    EXPECT_OK(setrlimit(RLIMIT_STACK, &limit));
    EXPECT_NO_FAULT(here() - (512 << 10), WRITE_IT);
    struct fault fault = fault_at(here() - (4 << 20), WRITE_IT);
    EXPECT_EQ(fault.number, SIGSEGV);
    EXPECT_EQ(fault.code, SEGV_MAPERR);
}

TEST(endless_recursion_is_caught_on_the_alternate_stack)
{
    struct rlimit limit = { 2 << 20, 2 << 20 };
    EXPECT_OK(setrlimit(RLIMIT_STACK, &limit));
    static char stack[65536];
    stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
    struct sigaction action = { .sa_sigaction = fault_handler, .sa_flags = SA_SIGINFO | SA_ONSTACK };
    EXPECT_OK(sigaltstack(&alternate, 0));
    EXPECT_OK(sigaction(SIGSEGV, &action, 0));
    if (sigsetjmp(fault_return, 1) == 0)
        use_stack(1l << 40);
    EXPECT_EQ(fault_seen.number, SIGSEGV);
    EXPECT_LT(fault_seen.address, here());
}

TEST(endless_recursion_without_an_alternate_stack_kills)
{
    pid_t child = FORK({
        struct sigaction action = { .sa_sigaction = fault_handler, .sa_flags = SA_SIGINFO };
        sigaction(SIGSEGV, &action, 0);
        struct rlimit limit = { 2 << 20, 2 << 20 };
        setrlimit(RLIMIT_STACK, &limit);
        use_stack(1l << 40);
    });
    EXPECT_SIGNALED(child, SIGSEGV);
}

TEST(a_mapping_near_the_stack_stops_its_growth)
{
    struct mapping stack;
    EXPECT_TRUE(find_mapping(here(), &stack));
    char *block = (char *)stack.start - (2 << 20);
    EXPECT_EQ(mmap(block, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), block);
    // The guard gap is 256 pages.
    EXPECT_EQ(fault_at(block + PAGE, WRITE_IT).number, SIGSEGV);
    EXPECT_EQ(fault_at(block + 128 * PAGE, WRITE_IT).number, SIGSEGV);
    EXPECT_NO_FAULT(block + 300 * PAGE, WRITE_IT);
}

TEST(a_growsdown_mapping_grows_when_touched_below)
{
    size_t room = 1024;
    char *p = free_pages(room) + (room - 1) * PAGE;
    EXPECT_EQ(mmap(p, PAGE, RW, ANON | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE, -1, 0), p);
    EXPECT_NO_FAULT(p - 1, WRITE_IT);
    EXPECT_NO_FAULT(p - 16 * PAGE, WRITE_IT);
    EXPECT_TRUE(is_filled(p - 8 * PAGE, PAGE, 0));
    struct mapping m;
    EXPECT_TRUE(find_mapping(p, &m));
    EXPECT_EQ(m.start, p - 16 * PAGE);
    EXPECT_EQ(m.end, p + PAGE);
}

TEST(a_growsdown_mapping_keeps_a_gap_to_the_mapping_below)
{
    size_t room = 1024;
    char *low = free_pages(room), *p = low + (room - 1) * PAGE;
    EXPECT_EQ(mmap(p, PAGE, RW, ANON | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE, -1, 0), p);
    EXPECT_EQ(mmap(low, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), low);
    EXPECT_EQ(fault_at(low + 2 * PAGE, WRITE_IT).number, SIGSEGV);
    EXPECT_NO_FAULT(low + 300 * PAGE, WRITE_IT);
}

TEST(a_growsdown_mapping_may_grow_down_to_a_guard_page_without_access)
{
    // A PROT_NONE neighbour needs no gap.
    size_t room = 1024;
    char *low = free_pages(room), *p = low + (room - 1) * PAGE;
    EXPECT_EQ(mmap(p, PAGE, RW, ANON | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE, -1, 0), p);
    EXPECT_EQ(mmap(low, PAGE, PROT_NONE, ANON | MAP_FIXED_NOREPLACE, -1, 0), low);
    EXPECT_NO_FAULT(low + PAGE, WRITE_IT);
    EXPECT_FAULT(low, WRITE_IT, SIGSEGV, SEGV_ACCERR);
}

static void *small_stack(void *arg)
{
    *(long *)arg = use_stack(256 << 10);
    return 0;
}

TEST(thread_stacks_do_not_grow)
{
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    EXPECT_EQ(pthread_attr_setstacksize(&attr, 1 << 20), 0);
    pthread_t thread;
    long result = 0;
    EXPECT_EQ(pthread_create(&thread, &attr, small_stack, &result), 0);
    EXPECT_EQ(pthread_join(thread, 0), 0);
    pid_t child = FORK({
        pthread_t t;
        if (pthread_create(&t, &attr, (void *(*)(void *))use_stack, (void *)(4l << 20)) == 0)
            pthread_join(t, 0);
    });
    EXPECT_SIGNALED(child, SIGSEGV);
}

TEST(the_stack_is_not_executable)
{
    char code[1] = { (char)0xc3 };
    EXPECT_FAULT((char *)code, EXECUTE_IT, SIGSEGV, SEGV_ACCERR);
}
