// sigaltstack(2).
#include "../support/mem.h"
#include "../support/role.h"
#include "../support/signals.h"
#include "../support/task.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1u << 31)
#endif

static char area[64 << 10], other_area[64 << 10];

static void use_area(int flags)
{
    stack_t stack = { .ss_sp = area, .ss_size = sizeof area, .ss_flags = flags };
    EXPECT_OK(sigaltstack(&stack, 0));
}

TEST(at_first_there_is_none)
{
    stack_t stack = { .ss_flags = 99 };
    EXPECT_OK(sigaltstack(0, &stack));
    EXPECT_EQ(stack.ss_flags, SS_DISABLE);
    EXPECT_EQ(stack.ss_sp, 0);
    EXPECT_EQ(stack.ss_size, 0);
}

TEST(what_was_set_is_told)
{
    stack_t stack;
    use_area(0);
    EXPECT_OK(sigaltstack(0, &stack));
    EXPECT_EQ(stack.ss_sp, area);
    EXPECT_EQ(stack.ss_size, sizeof area);
    EXPECT_EQ(stack.ss_flags, 0);
}

TEST(a_small_stack_is_ENOMEM)
{
    stack_t stack = { .ss_sp = area, .ss_size = 2047 };
    EXPECT_ERRNO(sigaltstack(&stack, 0), ENOMEM);
    stack.ss_size = 0;
    EXPECT_ERRNO(sigaltstack(&stack, 0), ENOMEM);
    stack.ss_flags = SS_DISABLE;
    EXPECT_OK(sigaltstack(&stack, 0));
}

TEST(unknown_flags_are_EINVAL)
{
    stack_t stack = { .ss_sp = area, .ss_size = sizeof area, .ss_flags = 4 };
    EXPECT_ERRNO(sigaltstack(&stack, 0), EINVAL);
    stack.ss_flags = 3;
    EXPECT_ERRNO(sigaltstack(&stack, 0), EINVAL);
    // SS_ONSTACK is accepted for old programs' sake.
    stack.ss_flags = SS_ONSTACK;
    EXPECT_OK(sigaltstack(&stack, 0));
}

TEST(bad_pointers_are_EFAULT)
{
    EXPECT_ERRNO(syscall(SYS_sigaltstack, 8, 0), EFAULT);
    EXPECT_ERRNO(syscall(SYS_sigaltstack, 0, 8), EFAULT);
}

static volatile char *handler_sp;
static volatile int flags_inside, change_errno;

static void look(int number)
{
    char here;
    stack_t stack, other = { .ss_sp = other_area, .ss_size = sizeof other_area };
    handler_sp = &here;
    EXPECT_OK(sigaltstack(0, &stack));
    flags_inside = stack.ss_flags;
    change_errno = sigaltstack(&other, 0) == -1 ? errno : 0;
    noted = number;
}

static int in_area(void)
{
    return handler_sp >= area && handler_sp < area + sizeof area;
}

TEST(a_handler_with_ONSTACK_runs_there)
{
    use_area(0);
    handle(SIGUSR1, look, SA_ONSTACK);
    raise(SIGUSR1);
    EXPECT_TRUE(in_area());
    EXPECT_EQ(flags_inside, SS_ONSTACK);
    EXPECT_EQ(change_errno, EPERM);
    // And not without it.
    handle(SIGUSR1, look, 0);
    raise(SIGUSR1);
    EXPECT_FALSE(in_area());
    EXPECT_EQ(flags_inside, 0);
    EXPECT_EQ(change_errno, 0);
}

TEST(a_disabled_stack_is_not_used)
{
    use_area(0);
    stack_t off = { .ss_flags = SS_DISABLE };
    EXPECT_OK(sigaltstack(&off, 0));
    handle(SIGUSR1, look, SA_ONSTACK);
    raise(SIGUSR1);
    EXPECT_FALSE(in_area());
}

static volatile char *outer_sp;

static void outer(int number)
{
    char here;
    outer_sp = &here;
    raise(SIGUSR1);
    noted_count += number > 0;
}

TEST(a_nested_handler_continues_on_the_alternate_stack)
{
    use_area(0);
    handle(SIGUSR1, look, SA_ONSTACK);
    handle(SIGUSR2, outer, SA_ONSTACK);
    raise(SIGUSR2);
    EXPECT_TRUE(in_area());
    EXPECT_LT(handler_sp, outer_sp);
    // One without ONSTACK stays on it, too, if it interrupts a handler there.
    handle(SIGUSR1, look, 0);
    raise(SIGUSR2);
    EXPECT_TRUE(in_area());
}

TEST(autodisarm_lets_the_handler_change_the_stack)
{
    use_area((int)SS_AUTODISARM);
    stack_t stack;
    EXPECT_OK(sigaltstack(0, &stack));
    EXPECT_EQ((unsigned)stack.ss_flags, SS_AUTODISARM);
    handle(SIGUSR1, look, SA_ONSTACK);
    raise(SIGUSR1);
    EXPECT_TRUE(in_area());
    EXPECT_EQ(flags_inside, SS_DISABLE);
    EXPECT_EQ(change_errno, 0);
    // The return from the handler brings the old setting back.
    EXPECT_OK(sigaltstack(0, &stack));
    EXPECT_EQ((unsigned)stack.ss_flags, SS_AUTODISARM);
    EXPECT_EQ(stack.ss_sp, area);
}

static volatile long frames;

static void eat_stack(int number)
{
    volatile char block[1024];
    block[0] = (char)number;
    frames += block[0];
    raise(SIGUSR1);
}

TEST(an_overflow_of_the_alternate_stack_is_fatal)
{
    pid_t child = FORK({
        char *low = map_pages(8);
        EXPECT_OK(mprotect(low, PAGE, PROT_NONE));
        stack_t stack = { .ss_sp = low + PAGE, .ss_size = 4 * PAGE };
        EXPECT_OK(sigaltstack(&stack, 0));
        handle(SIGUSR1, eat_stack, SA_ONSTACK | SA_NODEFER);
        raise(SIGUSR1);
    });
    EXPECT_SIGNALED(child, SIGSEGV);
}

TEST(a_frame_that_does_not_fit_is_SIGSEGV_on_no_stack)
{
    pid_t child = FORK({
        stack_t stack = { .ss_sp = free_pages(8), .ss_size = 8 * PAGE };
        EXPECT_OK(sigaltstack(&stack, 0));
        handle(SIGUSR1, note, SA_ONSTACK);
        raise(SIGUSR1);
    });
    EXPECT_SIGNALED(child, SIGSEGV);
}

TEST(a_frame_that_cannot_be_written_can_be_handled_elsewhere)
{
    // SIGUSR1 cannot be delivered on the bad alternate stack; SIGSEGV is handled on the main one.
    stack_t stack = { .ss_sp = free_pages(8), .ss_size = 8 * PAGE };
    EXPECT_OK(sigaltstack(&stack, 0));
    handle(SIGUSR1, note, SA_ONSTACK);
    handle_info(SIGSEGV, note_info, 0);
    raise(SIGUSR1);
    EXPECT_EQ(noted, SIGSEGV);
    EXPECT_EQ(noted_info.si_code, SI_KERNEL);
}

TEST(a_child_inherits_it)
{
    use_area(0);
    IN_CHILD({
        stack_t stack;
        EXPECT_OK(sigaltstack(0, &stack));
        EXPECT_EQ(stack.ss_sp, area);
    });
}

static stack_t seen_in_thread;

static int look_in_thread(void *arg)
{
    (void)arg;
    syscall(SYS_sigaltstack, 0, &seen_in_thread);
    return 0;
}

TEST(a_thread_starts_without_one)
{
    use_area(0);
    struct thread thread;
    spawn_thread(&thread, look_in_thread, 0);
    join_thread(&thread);
    EXPECT_EQ(seen_in_thread.ss_flags, SS_DISABLE);
}

TEST(a_vforked_child_keeps_it)
{
    // CLONE_VM without CLONE_VFORK drops it, CLONE_VM with CLONE_VFORK keeps it.
    use_area(0);
    EXPECT_EXIT(spawn(CLONE_VM | CLONE_VFORK | SIGCHLD, look_in_thread, 0), 0);
    EXPECT_EQ(seen_in_thread.ss_flags, 0);
    EXPECT_EXIT(spawn(CLONE_VM | SIGCHLD, look_in_thread, 0), 0);
    EXPECT_EQ(seen_in_thread.ss_flags, SS_DISABLE);
}

ROLE(expect_none)
{
    stack_t stack;
    REQUIRE(sigaltstack(0, &stack) == 0 && stack.ss_flags == SS_DISABLE);
}

TEST(exec_drops_it)
{
    use_area(0);
    IN_CHILD(EXEC_ROLE(expect_none));
}
