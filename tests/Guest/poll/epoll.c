// epoll(7): what is reported, when, and how often.
#include "../harness.h"
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static int ep;

static int add(int fd, uint32_t events)
{
    struct epoll_event e = { .events = events, .data.u64 = 0x1234567800000000 | fd };
    return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
}

static int modify(int fd, uint32_t events)
{
    struct epoll_event e = { .events = events, .data.u64 = 0x1234567800000000 | fd };
    return epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e);
}

// The events of this descriptor that epoll reports within some milliseconds; 0 for none.
static uint32_t wait_for(int fd, int ms)
{
    struct epoll_event e[8];
    int n = EXPECT_OK(epoll_wait(ep, e, 8, ms));
    if (n == 0)
        return 0;
    EXPECT_EQ(n, 1);
    EXPECT_EQ(e[0].data.u64, 0x1234567800000000 | fd);
    return e[0].events;
}

static int r, w;

static void begin(void)
{
    int p[2];
    ep = EXPECT_OK(epoll_create1(0));
    EXPECT_OK(pipe2(p, O_NONBLOCK));
    r = p[0], w = p[1];
}

TEST(level_triggered_reports_as_long_as_there_is_data)
{
    char c;
    begin();
    EXPECT_OK(add(r, EPOLLIN));
    EXPECT_EQ(wait_for(r, 0), 0);
    EXPECT_EQ(write(w, "ab", 2), 2);
    EXPECT_EQ(wait_for(r, 0), EPOLLIN);
    EXPECT_EQ(read(r, &c, 1), 1);
    EXPECT_EQ(wait_for(r, 0), EPOLLIN);
    EXPECT_EQ(read(r, &c, 1), 1);
    EXPECT_EQ(wait_for(r, 0), 0);
}

TEST(edge_triggered_reports_once_for_each_arrival)
{
    begin();
    EXPECT_OK(add(r, EPOLLIN | EPOLLET));
    EXPECT_EQ(write(w, "a", 1), 1);
    EXPECT_EQ(wait_for(r, 0), EPOLLIN);
    EXPECT_EQ(wait_for(r, 0), 0);
    EXPECT_EQ(write(w, "b", 1), 1);
    EXPECT_EQ(wait_for(r, 0), EPOLLIN);
    EXPECT_EQ(wait_for(r, 0), 0);
}

TEST(edge_triggered_reports_what_was_ready_when_added)
{
    begin();
    EXPECT_EQ(write(w, "a", 1), 1);
    EXPECT_OK(add(r, EPOLLIN | EPOLLET));
    EXPECT_EQ(wait_for(r, 0), EPOLLIN);
    EXPECT_EQ(wait_for(r, 0), 0);
}

TEST(EPOLL_CTL_MOD_arms_an_edge_again)
{
    begin();
    EXPECT_EQ(write(w, "a", 1), 1);
    EXPECT_OK(add(r, EPOLLIN | EPOLLET));
    EXPECT_EQ(wait_for(r, 0), EPOLLIN);
    EXPECT_OK(modify(r, EPOLLIN | EPOLLET));
    EXPECT_EQ(wait_for(r, 0), EPOLLIN);
}

TEST(EPOLLONESHOT_is_silent_until_modified)
{
    begin();
    EXPECT_OK(add(r, EPOLLIN | EPOLLONESHOT));
    EXPECT_EQ(write(w, "a", 1), 1);
    EXPECT_EQ(wait_for(r, 0), EPOLLIN);
    EXPECT_EQ(write(w, "b", 1), 1);
    EXPECT_EQ(wait_for(r, 0), 0);
    EXPECT_OK(modify(r, EPOLLIN | EPOLLONESHOT));
    EXPECT_EQ(wait_for(r, 0), EPOLLIN);
}

TEST(errors_and_hangups_are_reported_unasked)
{
    begin();
    EXPECT_OK(add(r, 0));
    EXPECT_EQ(write(w, "a", 1), 1);
    EXPECT_EQ(wait_for(r, 0), 0);
    close(w);
    EXPECT_EQ(wait_for(r, 0), EPOLLHUP);
    begin();
    EXPECT_OK(add(w, 0));
    close(r);
    EXPECT_EQ(wait_for(w, 0), EPOLLERR);
}

TEST(EPOLLRDHUP_reports_the_shut_down_peer)
{
    int s[2];
    begin();
    EXPECT_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
    EXPECT_OK(add(s[0], EPOLLIN | EPOLLRDHUP));
    EXPECT_EQ(wait_for(s[0], 0), 0);
    EXPECT_OK(shutdown(s[1], SHUT_WR));
    EXPECT_EQ(wait_for(s[0], 0), EPOLLIN | EPOLLRDHUP);
    close(s[1]);
    EXPECT_EQ(wait_for(s[0], 0), EPOLLIN | EPOLLRDHUP | EPOLLHUP);
}

TEST(epoll_wait_sleeps_until_something_happens)
{
    begin();
    EXPECT_OK(add(r, EPOLLIN));
    pid_t pid = FORK(sleep_ms(30); EXPECT_EQ(write(w, "x", 1), 1));
    EXPECT_EQ(wait_for(r, -1), EPOLLIN);
    EXPECT_EXIT(pid, 0);
}

TEST(epoll_wait_returns_zero_after_its_timeout)
{
    begin();
    EXPECT_OK(add(r, EPOLLIN));
    long start = now_ms();
    EXPECT_EQ(wait_for(r, 50), 0);
    EXPECT_GE(now_ms() - start, 49);
}

TEST(maxevents_limits_one_call_and_the_rest_comes_next)
{
    int fds[5];
    uint64_t seen = 0;
    begin();
    for (int i = 0; i < 5; i++) {
        fds[i] = EXPECT_OK(eventfd(1, 0));
        EXPECT_OK(add(fds[i], EPOLLIN));
    }
    for (int i = 0; i < 3; i++) {
        struct epoll_event e[2];
        EXPECT_EQ(epoll_wait(ep, e, 2, 0), 2);
        seen |= 1ull << (e[0].data.u64 & 63) | 1ull << (e[1].data.u64 & 63);
    }
    for (int i = 0; i < 5; i++)
        EXPECT_TRUE(seen >> fds[i] & 1);
}

TEST(EPOLL_CTL_DEL_ends_the_reports)
{
    begin();
    EXPECT_OK(add(r, EPOLLIN));
    EXPECT_EQ(write(w, "x", 1), 1);
    EXPECT_OK(epoll_ctl(ep, EPOLL_CTL_DEL, r, 0));
    EXPECT_EQ(wait_for(r, 0), 0);
}

TEST(closing_the_last_descriptor_removes_the_entry)
{
    begin();
    EXPECT_EQ(write(w, "x", 1), 1);
    EXPECT_OK(add(r, EPOLLIN));
    int copy = EXPECT_OK(dup(r));
    close(r);
    // The description lives on in the copy, and so does the entry.
    EXPECT_EQ(wait_for(r, 0), EPOLLIN);
    close(copy);
    EXPECT_EQ(wait_for(r, 0), 0);
}

TEST(two_numbers_of_one_description_are_two_entries)
{
    begin();
    int copy = EXPECT_OK(dup(r));
    struct epoll_event e[4];
    EXPECT_OK(add(r, EPOLLIN));
    EXPECT_OK(add(copy, EPOLLIN));
    EXPECT_EQ(write(w, "x", 1), 1);
    EXPECT_EQ(epoll_wait(ep, e, 4, 0), 2);
}

TEST(an_epoll_descriptor_is_readable_when_it_has_events)
{
    begin();
    int inner = ep;
    EXPECT_OK(add(r, EPOLLIN));
    ep = EXPECT_OK(epoll_create1(0));
    EXPECT_OK(add(inner, EPOLLIN));
    EXPECT_EQ(wait_for(inner, 0), 0);
    EXPECT_EQ(write(w, "x", 1), 1);
    EXPECT_EQ(wait_for(inner, 0), EPOLLIN);
    char c;
    EXPECT_EQ(read(r, &c, 1), 1);
    EXPECT_EQ(wait_for(inner, 0), 0);
}

TEST(a_nested_epoll_wakes_the_outer_sleeper)
{
    begin();
    int inner = ep;
    EXPECT_OK(add(r, EPOLLIN));
    ep = EXPECT_OK(epoll_create1(0));
    EXPECT_OK(add(inner, EPOLLIN));
    pid_t pid = FORK(sleep_ms(30); EXPECT_EQ(write(w, "x", 1), 1));
    EXPECT_EQ(wait_for(inner, -1), EPOLLIN);
    EXPECT_EXIT(pid, 0);
}

TEST(EPOLLOUT_reports_room_again)
{
    static char junk[65536];
    begin();
    EXPECT_OK(add(w, EPOLLOUT | EPOLLET));
    EXPECT_EQ(wait_for(w, 0), EPOLLOUT);
    EXPECT_EQ(write(w, junk, sizeof junk), sizeof junk);
    EXPECT_EQ(wait_for(w, 0), 0);
    EXPECT_EQ(read(r, junk, sizeof junk), sizeof junk);
    EXPECT_EQ(wait_for(w, 0), EPOLLOUT);
}

static void *write_later(void *unused)
{
    (void)unused;
    sleep_ms(30);
    write(w, "x", 1);
    return 0;
}

TEST(an_entry_added_while_another_thread_sleeps_wakes_it)
{
    pthread_t thread;
    begin();
    EXPECT_OK(add(r, EPOLLIN));
    EXPECT_EQ(pthread_create(&thread, 0, write_later, 0), 0);
    EXPECT_EQ(wait_for(r, 5000), EPOLLIN);
    pthread_join(thread, 0);
}

TEST(EPOLLEXCLUSIVE_wakes_at_least_one_of_several_waiters)
{
    begin();
    int done[2];
    EXPECT_OK(pipe(done));
    for (int i = 0; i < 3; i++)
        FORK(ep = EXPECT_OK(epoll_create1(0)); EXPECT_OK(add(r, EPOLLIN | EPOLLEXCLUSIVE));
             EXPECT_EQ(wait_for(r, 5000), EPOLLIN); EXPECT_EQ(write(done[1], "x", 1), 1); pause());
    sleep_ms(50);
    EXPECT_EQ(write(w, "x", 1), 1);
    char c;
    EXPECT_EQ(read(done[0], &c, 1), 1);
}

TEST(a_forked_child_uses_the_same_epoll)
{
    begin();
    EXPECT_OK(add(r, EPOLLIN));
    IN_CHILD(int q[2]; EXPECT_OK(pipe(q)); EXPECT_OK(add(q[0], EPOLLIN)); EXPECT_EQ(write(w, "x", 1), 1);
             EXPECT_EQ(wait_for(r, 0), EPOLLIN));
    EXPECT_EQ(wait_for(r, 0), EPOLLIN);
}

TEST(a_level_triggered_entry_is_reported_in_turns)
{
    int a = EXPECT_OK(eventfd(1, 0)), b = EXPECT_OK(eventfd(1, 0));
    struct epoll_event e;
    begin();
    EXPECT_OK(add(a, EPOLLIN));
    EXPECT_OK(add(b, EPOLLIN));
    EXPECT_EQ(epoll_wait(ep, &e, 1, 0), 1);
    uint64_t first = e.data.u64;
    EXPECT_EQ(epoll_wait(ep, &e, 1, 0), 1);
    EXPECT_NE(e.data.u64, first);
}
