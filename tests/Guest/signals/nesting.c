// Handlers within handlers, and leaving them by siglongjmp.
#include "../support/signals.h"
#include <setjmp.h>

static sigjmp_buf point;
static volatile int trail[32], steps;

static void leave(int number)
{
    siglongjmp(point, number);
}

TEST(siglongjmp_restores_the_mask)
{
    handle(SIGUSR1, leave, 0);
    for (int i = 0; i < 100; i++) {
        if (sigsetjmp(point, 1) == 0) {
            raise(SIGUSR1);
            FAIL("not reached");
        }
        EXPECT_FALSE(is_blocked(SIGUSR1));
    }
}

TEST(a_jump_that_saved_no_mask_leaves_the_signal_blocked)
{
    handle(SIGUSR1, leave, 0);
    if (sigsetjmp(point, 0) == 0)
        raise(SIGUSR1);
    EXPECT_TRUE(is_blocked(SIGUSR1));
}

static void inner(int number)
{
    trail[steps++] = number;
}

static void outer(int number)
{
    trail[steps++] = number;
    raise(SIGUSR2);
    trail[steps++] = -number;
}

TEST(another_signal_interrupts_a_handler)
{
    handle(SIGUSR1, outer, 0);
    handle(SIGUSR2, inner, 0);
    raise(SIGUSR1);
    EXPECT_EQ(steps, 3);
    EXPECT_EQ(trail[0], SIGUSR1);
    EXPECT_EQ(trail[1], SIGUSR2);
    EXPECT_EQ(trail[2], -SIGUSR1);
}

TEST(a_masked_signal_waits_for_the_end_of_the_handler)
{
    struct sigaction action = { .sa_handler = outer };
    action.sa_mask = SET(SIGUSR2);
    EXPECT_OK(sigaction(SIGUSR1, &action, 0));
    handle(SIGUSR2, inner, 0);
    raise(SIGUSR1);
    EXPECT_EQ(steps, 3);
    EXPECT_EQ(trail[1], -SIGUSR1);
    EXPECT_EQ(trail[2], SIGUSR2);
}

static volatile int depth, deepest;

static void nest(int number)
{
    volatile char block[512];
    block[0] = 1;
    if (++depth > deepest)
        deepest = depth;
    if (depth < 500)
        raise(number);
    depth -= block[0];
}

TEST(five_hundred_handlers_deep)
{
    handle(SIGUSR1, nest, SA_NODEFER);
    raise(SIGUSR1);
    EXPECT_EQ(deepest, 500);
    EXPECT_EQ(depth, 0);
}

static void through_all(int number)
{
    trail[steps++] = number;
    if (number < SIGRTMAX && number < SIGRTMIN + 10)
        raise(number + 1);
    trail[steps++] = -number;
}

TEST(a_chain_of_different_signals_unwinds_in_reverse)
{
    for (int i = SIGRTMIN; i <= SIGRTMIN + 10; i++)
        handle(i, through_all, 0);
    raise(SIGRTMIN);
    EXPECT_EQ(steps, 22);
    for (int i = 0; i < 11; i++) {
        EXPECT_EQ(trail[i], SIGRTMIN + i);
        EXPECT_EQ(trail[21 - i], -(SIGRTMIN + i));
    }
}

static void jump_from_inner(int number)
{
    (void)number;
    siglongjmp(point, 7);
}

TEST(a_jump_out_of_two_handlers)
{
    handle(SIGUSR1, outer, 0);
    handle(SIGUSR2, jump_from_inner, 0);
    int value = sigsetjmp(point, 1);
    if (value == 0)
        raise(SIGUSR1);
    EXPECT_EQ(value, 7);
    EXPECT_EQ(steps, 1);
    EXPECT_FALSE(is_blocked(SIGUSR1));
    EXPECT_FALSE(is_blocked(SIGUSR2));
}

static char stack_area[64 << 10];

TEST(a_jump_from_the_alternate_stack_frees_it)
{
    stack_t stack = { .ss_sp = stack_area, .ss_size = sizeof stack_area };
    EXPECT_OK(sigaltstack(&stack, 0));
    handle(SIGUSR1, leave, SA_ONSTACK);
    for (int i = 0; i < 200; i++) {
        if (sigsetjmp(point, 1) == 0)
            raise(SIGUSR1);
        stack_t now;
        EXPECT_OK(sigaltstack(0, &now));
        EXPECT_EQ(now.ss_flags, 0);
    }
}

TEST(a_jump_out_of_a_sleeping_call)
{
    int fds[2];
    char c;
    EXPECT_OK(pipe(fds));
    handle(SIGALRM, leave, SA_RESTART);
    for (int i = 0; i < 5; i++)
        if (sigsetjmp(point, 1) == 0) {
            alarm_ms(10, 0);
            read(fds[0], &c, 1);
            FAIL("not reached");
        }
}

static void fork_inside(int number)
{
    noted = number;
    IN_CHILD({
        EXPECT_TRUE(is_blocked(SIGUSR1));
        noted = 2;
    });
}

TEST(a_handler_may_fork)
{
    handle(SIGUSR1, fork_inside, 0);
    raise(SIGUSR1);
    EXPECT_EQ(noted, SIGUSR1);
}

static void return_in_child(int number)
{
    noted = number;
    noted_count = fork();
}

TEST(a_child_forked_in_a_handler_returns_from_it_too)
{
    handle(SIGUSR1, return_in_child, 0);
    volatile long local = 4711;
    raise(SIGUSR1);
    EXPECT_EQ(local, 4711);
    EXPECT_FALSE(is_blocked(SIGUSR1));
    if (noted_count == 0)
        _exit(5);
    EXPECT_EXIT(noted_count, 5);
}
