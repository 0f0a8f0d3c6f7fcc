// Several processes that wait for one pipe: a write wakes one of them, and nothing that is there is left unread.
#include "../support/task.h"
#include "pipes.h"

#define MANY 20

static void wait_asleep(pid_t pid)
{
    EXPECT_SOON(task_state(pid) == 'S');
}

static pid_t reader_of_a_byte(struct pipe p)
{
    pid_t pid = FORK({
        char byte;
        EXPECT_EQ(read(p.r, &byte, 1), 1);
    });
    wait_asleep(pid);
    return pid;
}

TEST(each_of_many_readers_gets_its_byte_of_one_write)
{
    struct pipe p = new_pipe(0);
    pid_t pids[MANY];
    for (int i = 0; i < MANY; i++)
        pids[i] = reader_of_a_byte(p);
    put(p.w, "12345678901234567890");
    for (int i = 0; i < MANY; i++)
        EXPECT_EXIT(pids[i], 0);
    EXPECT_EQ(readable_bytes(p.r), 0);
}

TEST(each_of_many_readers_gets_its_byte_of_many_writes)
{
    struct pipe p = new_pipe(0);
    pid_t pids[MANY];
    for (int i = 0; i < MANY; i++)
        pids[i] = reader_of_a_byte(p);
    for (int i = 0; i < MANY; i++)
        put(p.w, "1");
    for (int i = 0; i < MANY; i++)
        EXPECT_EXIT(pids[i], 0);
}

TEST(a_reader_that_faults_leaves_the_byte_to_the_next)
{
    struct pipe p = new_pipe(0);
    pid_t faulty = FORK(EXPECT_ERRNO(read(p.r, BAD_ADDRESS, 1), EFAULT));
    wait_asleep(faulty);
    pid_t next = reader_of_a_byte(p);
    put(p.w, "1");
    EXPECT_EXIT(faulty, 0);
    EXPECT_EXIT(next, 0);
}

TEST(a_reader_that_is_interrupted_or_killed_takes_no_turn)
{
    struct pipe p = new_pipe(0);
    pid_t killed = reader_of_a_byte(p), next = reader_of_a_byte(p);
    EXPECT_OK(kill(killed, SIGKILL));
    put(p.w, "1");
    int status;
    EXPECT_EQ(waitpid(killed, &status, 0), killed);
    if (WIFEXITED(status))
        put(p.w, "1"); // it was faster than its end
    EXPECT_EXIT(next, 0);
}

TEST(all_readers_see_the_end)
{
    struct pipe p = new_pipe(0);
    pid_t pids[MANY];
    for (int i = 0; i < MANY; i++) {
        pids[i] = FORK({
            char byte;
            close(p.w);
            EXPECT_EQ(read(p.r, &byte, 1), 0);
        });
        wait_asleep(pids[i]);
    }
    close(p.w);
    for (int i = 0; i < MANY; i++)
        EXPECT_EXIT(pids[i], 0);
}

TEST(a_poller_beside_readers_is_told_of_each_write)
{
    struct pipe p = new_pipe(0);
    pid_t poller = FORK({
        struct pollfd fd = { p.r, POLLIN, 0 };
        EXPECT_EQ(poll(&fd, 1, 5000), 1);
    });
    wait_asleep(poller);
    pid_t reader = reader_of_a_byte(p);
    put(p.w, "12");
    EXPECT_EXIT(poller, 0);
    EXPECT_EXIT(reader, 0);
    EXPECT_EQ(readable_bytes(p.r), 1);
}
