// Robust lists: what the kernel does with the locks of the dead.
#include "../support/futexes.h"
#include "../support/role.h"
#include <pthread.h>
#include <stddef.h>

// One lock as the kernel sees it: a list node, and a word at a fixed offset from it.
struct node {
    struct robust_list link;
    volatile int word;
    int padding;
};

struct area {
    struct robust_list_head head;
    struct node node[8];
};

static struct area *new_area(void)
{
    struct area *area = EXPECT_OK((struct area *)mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    area->head.list.next = &area->head.list;
    area->head.futex_offset = offsetof(struct node, word);
    return area;
}

static void hold(struct area *area, int i)
{
    area->node[i].word = (int)syscall(SYS_gettid);
    area->node[i].link.next = area->head.list.next;
    area->head.list.next = &area->node[i].link;
}

static void declare(struct area *area)
{
    EXPECT_OK(syscall(SYS_set_robust_list, &area->head, sizeof area->head));
}

TEST(a_wrong_size_is_EINVAL)
{
    EXPECT_ERRNO(syscall(SYS_set_robust_list, 0, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_set_robust_list, 0, 8), EINVAL);
    EXPECT_OK(syscall(SYS_set_robust_list, 0, sizeof(struct robust_list_head)));
}

TEST(the_list_can_be_read_back)
{
    struct area *area = new_area();
    struct robust_list_head *head;
    size_t size;
    declare(area);
    EXPECT_OK(syscall(SYS_get_robust_list, 0, &head, &size));
    EXPECT_EQ(head, &area->head);
    EXPECT_EQ(size, sizeof *head);
    EXPECT_OK(syscall(SYS_get_robust_list, getpid(), &head, &size));
    EXPECT_ERRNO(syscall(SYS_get_robust_list, dead_pid(), &head, &size), ESRCH);
    EXPECT_ERRNO(syscall(SYS_get_robust_list, 0, 8, &size), EFAULT);
    EXPECT_ERRNO(syscall(SYS_get_robust_list, 0, &head, 8), EFAULT);
    AS_USER(1000, 1000, EXPECT_ERRNO(syscall(SYS_get_robust_list, getppid(), &head, &size), EPERM));
}

TEST(a_child_starts_without_a_list)
{
    struct area *area = new_area();
    declare(area);
    hold(area, 0);
    IN_CHILD({
        struct robust_list_head *head;
        size_t size;
        EXPECT_OK(syscall(SYS_get_robust_list, 0, &head, &size));
        EXPECT_NE(head, &area->head);
    });
    EXPECT_EQ(area->node[0].word, getpid());
}

TEST(the_locks_of_the_dead_are_marked)
{
    struct area *area = new_area();
    IN_CHILD(declare(area); hold(area, 0); hold(area, 1); hold(area, 2));
    for (int i = 0; i < 3; i++)
        EXPECT_EQ((unsigned)area->node[i].word, FUTEX_OWNER_DIED);
}

TEST(a_killed_owner_is_dead_too)
{
    struct area *area = new_area();
    pid_t child = FORK(declare(area); hold(area, 0); area->node[7].word = 1; for (;;) pause());
    EXPECT_SOON(area->node[7].word);
    END_CHILD(child);
    EXPECT_EQ((unsigned)area->node[0].word, FUTEX_OWNER_DIED);
}

TEST(the_waiters_bit_stays_and_one_waiter_is_woken)
{
    struct area *area = new_area();
    volatile int *word = &area->node[0].word;
    pid_t owner = FORK({
        declare(area);
        hold(area, 0);
        *word |= FUTEX_WAITERS;
        EXPECT_SOON(area->node[7].word);
    });
    EXPECT_SOON(*word & FUTEX_WAITERS);
    int value = *word;
    pid_t a = WAITER(word, value), b = WAITER(word, value);
    EXPECT_ASLEEP(a);
    EXPECT_ASLEEP(b);
    area->node[7].word = 1;
    EXPECT_EXIT(owner, 0);
    EXPECT_EQ((unsigned)*word, FUTEX_OWNER_DIED | FUTEX_WAITERS);
    EXPECT_EQ(futex_wake(word, 9), 1);
    EXPECT_EXIT(a, 0);
    EXPECT_EXIT(b, 0);
}

TEST(locks_of_others_are_left_alone)
{
    struct area *area = new_area();
    IN_CHILD(declare(area); hold(area, 0); hold(area, 1); area->node[0].word = getppid());
    EXPECT_EQ(area->node[0].word, getpid());
    EXPECT_EQ((unsigned)area->node[1].word, FUTEX_OWNER_DIED);
}

TEST(a_pending_operation_is_looked_at)
{
    struct area *area = new_area();
    IN_CHILD({
        declare(area);
        area->node[3].word = getpid();
        area->head.list_op_pending = &area->node[3].link;
    });
    EXPECT_EQ((unsigned)area->node[3].word, FUTEX_OWNER_DIED);
}

TEST(a_pending_unlock_wakes_a_waiter)
{
    // The word is zero already; whoever died between the store and the wake owes one.
    struct area *area = new_area();
    pid_t waiter = WAITER(&area->node[3].word, 0);
    EXPECT_ASLEEP(waiter);
    IN_CHILD(declare(area); area->head.list_op_pending = &area->node[3].link);
    EXPECT_EXIT(waiter, 0);
}

TEST(a_list_that_leads_nowhere_or_in_circles_does_no_harm)
{
    struct area *area = new_area();
    IN_CHILD(declare(area); hold(area, 0); area->head.list.next->next = (void *)8);
    EXPECT_EQ((unsigned)area->node[0].word, FUTEX_OWNER_DIED);
    area = new_area();
    IN_CHILD(declare(area); hold(area, 0); hold(area, 1); area->node[0].link.next = &area->node[1].link);
    EXPECT_EQ((unsigned)area->node[1].word, FUTEX_OWNER_DIED);
    IN_CHILD(EXPECT_OK(syscall(SYS_set_robust_list, 8, sizeof(struct robust_list_head))));
}

static struct area *thread_area;

static int hold_and_end(void *arg)
{
    (void)arg;
    syscall(SYS_set_robust_list, &thread_area->head, sizeof thread_area->head);
    hold(thread_area, 0);
    return 0;
}

TEST(the_end_of_a_thread_counts)
{
    struct thread thread;
    thread_area = new_area();
    spawn_thread(&thread, hold_and_end, 0);
    join_thread(&thread);
    EXPECT_EQ((unsigned)thread_area->node[0].word, FUTEX_OWNER_DIED);
}

ROLE(nothing)
{
}

TEST(exec_counts)
{
    struct area *area = new_area();
    IN_CHILD(declare(area); hold(area, 0); EXEC_ROLE(nothing));
    EXPECT_EQ((unsigned)area->node[0].word, FUTEX_OWNER_DIED);
}

TEST(a_process_shared_robust_mutex)
{
    pthread_mutex_t *mutex = (pthread_mutex_t *)new_area();
    memset(mutex, 0, sizeof *mutex);
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    EXPECT_EQ(pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED), 0);
    EXPECT_EQ(pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST), 0);
    EXPECT_EQ(pthread_mutex_init(mutex, &attr), 0);
    for (int i = 0; i < 20; i++) {
        IN_CHILD(EXPECT_EQ(pthread_mutex_lock(mutex), 0));
        EXPECT_EQ(pthread_mutex_lock(mutex), EOWNERDEAD);
        EXPECT_EQ(pthread_mutex_consistent(mutex), 0);
        EXPECT_EQ(pthread_mutex_unlock(mutex), 0);
    }
    IN_CHILD(EXPECT_EQ(pthread_mutex_lock(mutex), 0));
    EXPECT_EQ(pthread_mutex_lock(mutex), EOWNERDEAD);
    EXPECT_EQ(pthread_mutex_unlock(mutex), 0);
    EXPECT_EQ(pthread_mutex_lock(mutex), ENOTRECOVERABLE);
}

TEST(a_waiter_for_a_robust_mutex_is_told_of_the_death)
{
    pthread_mutex_t *mutex = (pthread_mutex_t *)new_area();
    memset(mutex, 0, sizeof *mutex);
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    EXPECT_EQ(pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED), 0);
    EXPECT_EQ(pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST), 0);
    EXPECT_EQ(pthread_mutex_init(mutex, &attr), 0);
    volatile int *words = shared_words();
    pid_t owner = FORK({
        EXPECT_EQ(pthread_mutex_lock(mutex), 0);
        words[0] = 1;
        for (;;)
            pause();
    });
    EXPECT_SOON(words[0]);
    pid_t waiter = FORK({
        EXPECT_EQ(pthread_mutex_lock(mutex), EOWNERDEAD);
        EXPECT_EQ(pthread_mutex_consistent(mutex), 0);
        EXPECT_EQ(pthread_mutex_unlock(mutex), 0);
    });
    EXPECT_ASLEEP(waiter);
    END_CHILD(owner);
    EXPECT_EXIT(waiter, 0);
    EXPECT_EQ(pthread_mutex_lock(mutex), 0);
}
