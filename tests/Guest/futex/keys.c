// Which addresses are the same futex.
#include "../support/futexes.h"
#include "../support/mem.h"

static int wakes(volatile int *word, int op)
{
    return (int)futex(word, op, 1, 0, 0, 0);
}

TEST(shared_memory_is_one_futex_at_different_addresses)
{
    int fd = EXPECT_OK(memfd_create("f", 0));
    EXPECT_OK(ftruncate(fd, PAGE));
    volatile int *a = EXPECT_OK((int *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
    volatile int *b = EXPECT_OK((int *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
    pid_t child = WAITER(a, 0);
    EXPECT_SOON(wakes(b, FUTEX_WAKE));
    EXPECT_EXIT(child, 0);
}

TEST(a_file_mapped_by_unrelated_processes_is_one_futex)
{
    close(file_of_pages("f", 1));
    pid_t child = FORK({
        int fd = EXPECT_OK(open("f", O_RDWR));
        volatile int *p = EXPECT_OK((int *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
        EXPECT_EQ(futex_wait(p + 3, 0x61616161), 0);
    });
    int fd = EXPECT_OK(open("f", O_RDWR));
    volatile int *p = EXPECT_OK((int *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
    EXPECT_SOON(wakes(p + 3, FUTEX_WAKE));
    EXPECT_EXIT(child, 0);
}

TEST(different_words_of_a_page_are_different_futexes)
{
    volatile int *words = shared_words();
    pid_t child = WAITER(&words[5], 0);
    EXPECT_ASLEEP(child);
    EXPECT_EQ(futex_wake(&words[4], 1), 0);
    EXPECT_EQ(futex_wake(&words[6], 1), 0);
    EXPECT_EQ(futex_wake(&words[5], 1), 1);
    EXPECT_EXIT(child, 0);
}

TEST(a_private_wake_does_not_find_a_shared_waiter)
{
    volatile int *words = shared_words();
    pid_t child = WAITER(words, 0);
    EXPECT_ASLEEP(child);
    EXPECT_EQ(wakes(words, FUTEX_WAKE_PRIVATE), 0);
    EXPECT_EQ(wakes(words, FUTEX_WAKE), 1);
    EXPECT_EXIT(child, 0);
}

TEST(private_futexes_of_two_processes_are_apart)
{
    volatile int *words = shared_words();
    pid_t child = FORK({
        struct timespec t = ms_spec(150);
        EXPECT_ERRNO(futex(words, FUTEX_WAIT_PRIVATE, 0, &t, 0, 0), ETIMEDOUT);
    });
    EXPECT_ASLEEP(child);
    EXPECT_EQ(wakes(words, FUTEX_WAKE_PRIVATE), 0);
    EXPECT_EXIT(child, 0);
}

TEST(copied_memory_is_two_futexes)
{
    static volatile int word;
    pid_t child = FORK({
        struct timespec t = ms_spec(150);
        EXPECT_ERRNO(futex(&word, FUTEX_WAIT, 0, &t, 0, 0), ETIMEDOUT);
    });
    EXPECT_ASLEEP(child);
    EXPECT_EQ(wakes(&word, FUTEX_WAKE), 0);
    EXPECT_EXIT(child, 0);
}

static volatile int own;

static int wait_private(void *arg)
{
    (void)arg;
    return (int)syscall(SYS_futex, &own, FUTEX_WAIT_PRIVATE, 0, 0, 0, 0);
}

static int wait_shared(void *arg)
{
    (void)arg;
    return (int)syscall(SYS_futex, &own, FUTEX_WAIT, 0, 0, 0, 0);
}

TEST(threads_meet_at_private_futexes)
{
    struct thread thread;
    spawn_thread(&thread, wait_private, 0);
    EXPECT_SOON(wakes(&own, FUTEX_WAKE_PRIVATE));
    join_thread(&thread);
}

TEST(threads_meet_at_shared_futexes_in_private_memory)
{
    struct thread thread;
    spawn_thread(&thread, wait_shared, 0);
    EXPECT_SOON(wakes(&own, FUTEX_WAKE));
    join_thread(&thread);
}

static volatile int *moving;

static int wait_moving(void *arg)
{
    *(volatile long *)arg = syscall(SYS_futex, moving, FUTEX_WAIT, 0, 0, 0, 0);
    return 0;
}

TEST(a_waiter_stays_with_the_file_page_when_the_mapping_moves)
{
    int fd = EXPECT_OK(memfd_create("f", 0));
    EXPECT_OK(ftruncate(fd, PAGE));
    moving = EXPECT_OK((int *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
    volatile int *other = EXPECT_OK((int *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
    volatile long result = -5;
    struct thread thread;
    pid_t tid = spawn_thread(&thread, wait_moving, (void *)&result);
    EXPECT_ASLEEP(tid);
    EXPECT_OK(mremap((void *)moving, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, free_pages(1)));
    EXPECT_EQ(wakes(other, FUTEX_WAKE), 1);
    join_thread(&thread);
    EXPECT_EQ(result, 0);
}

TEST(a_waiter_on_unmapped_private_memory_sleeps_on)
{
    moving = (volatile int *)map_pages(1);
    volatile long result = -5;
    struct thread thread;
    pid_t tid = spawn_thread(&thread, wait_moving, (void *)&result);
    EXPECT_ASLEEP(tid);
    EXPECT_OK(munmap((void *)moving, PAGE));
    sleep_ms(20);
    EXPECT_EQ(result, -5);
    // Mapped again, the address is the futex again.
    EXPECT_EQ(mmap((void *)moving, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), (void *)moving);
    EXPECT_EQ(wakes(moving, FUTEX_WAKE), 1);
    join_thread(&thread);
}

TEST(a_private_mapping_of_a_file_is_a_futex_of_the_process)
{
    int fd = file_of_pages("f", 1);
    volatile int *private = EXPECT_OK((int *)mmap(0, PAGE, RW, MAP_PRIVATE, fd, 0));
    volatile int *shared = EXPECT_OK((int *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
    moving = private;
    *private = 0;
    volatile long result = -5;
    struct thread thread;
    pid_t tid = spawn_thread(&thread, wait_moving, (void *)&result);
    EXPECT_ASLEEP(tid);
    EXPECT_EQ(wakes(shared, FUTEX_WAKE), 0);
    EXPECT_EQ(wakes(private, FUTEX_WAKE), 1);
    join_thread(&thread);
}
