// process_vm_readv(2) and process_vm_writev(2).
#include "../support/mem.h"
#include <sys/uio.h>

static ssize_t get(pid_t pid, void *to, void *from, size_t size)
{
    struct iovec local = { to, size }, remote = { from, size };
    return process_vm_readv(pid, &local, 1, &remote, 1, 0);
}

static ssize_t put(pid_t pid, void *to, void *from, size_t size)
{
    struct iovec local = { from, size }, remote = { to, size };
    return process_vm_writev(pid, &local, 1, &remote, 1, 0);
}

// A child that waits to be killed, having run the statements.
#define IDLE_CHILD(...) FORK({ __VA_ARGS__; for (;;) pause(); })

TEST(the_memory_of_a_child_can_be_read)
{
    volatile char *p = map_pages(3);
    char *ready = map_shared_pages(1), copy[2 * PAGE];
    pid_t child = IDLE_CHILD(memset((char *)p, 'c', 3 * PAGE), *ready = 1);
    EXPECT_SOON(*(volatile char *)ready);
    EXPECT_EQ(get(child, copy, (char *)p + 100, 2 * PAGE), 2 * PAGE);
    EXPECT_TRUE(is_filled(copy, 2 * PAGE, 'c'));
    EXPECT_TRUE(is_filled(p, 3 * PAGE, 0));
    EXPECT_OK(kill(child, SIGKILL));
    EXPECT_SIGNALED(child, SIGKILL);
}

TEST(the_memory_of_a_child_can_be_written)
{
    volatile char *p = map_pages(1);
    *p = 'o';
    pid_t child = FORK(EXPECT_SOON(*p == 'n'));
    char value = 'n';
    EXPECT_EQ(put(child, (char *)p, &value, 1), 1);
    EXPECT_EXIT(child, 0);
    EXPECT_EQ(*p, 'o');
}

TEST(the_own_memory_works_too)
{
    char from[] = "hello", to[6] = "";
    EXPECT_EQ(get(getpid(), to, from, 6), 6);
    EXPECT_STREQ(to, "hello");
    EXPECT_EQ(put(getpid(), to, "world", 6), 6);
    EXPECT_STREQ(to, "world");
}

TEST(vectors_of_different_shapes_are_joined)
{
    char a[3], b[5], c[8] = "01234567", out[9] = "";
    struct iovec local[2] = { { a, 3 }, { b, 5 } }, remote[3] = { { c, 1 }, { c + 1, 6 }, { c + 7, 1 } };
    EXPECT_EQ(process_vm_readv(getpid(), local, 2, remote, 3, 0), 8);
    memcpy(out, a, 3);
    memcpy(out + 3, b, 5);
    EXPECT_STREQ(out, "01234567");
}

TEST(the_shorter_side_decides)
{
    char a[10], b[4] = "abc";
    struct iovec local = { a, 10 }, remote = { b, 4 };
    EXPECT_EQ(process_vm_readv(getpid(), &local, 1, &remote, 1, 0), 4);
}

TEST(a_transfer_stops_at_an_unmapped_page)
{
    char *guard = pages_before_guard(1), copy[100];
    EXPECT_EQ(get(getpid(), copy, guard - 40, 100), 40);
    EXPECT_ERRNO(get(getpid(), copy, guard, 100), EFAULT);
    EXPECT_ERRNO(get(getpid(), copy, (void *)8, 8), EFAULT);
}

TEST(a_write_to_read_only_memory_is_EFAULT)
{
    char *p = map_pages(1);
    EXPECT_OK(mprotect(p, PAGE, PROT_READ));
    EXPECT_ERRNO(put(getpid(), p, "x", 1), EFAULT);
    char c;
    EXPECT_EQ(get(getpid(), &c, p, 1), 1);
}

TEST(a_bad_local_buffer_is_EFAULT)
{
    char c = 'x';
    EXPECT_ERRNO(get(getpid(), (void *)8, &c, 1), EFAULT);
}

TEST(flags_are_EINVAL)
{
    struct iovec v = { 0, 0 };
    EXPECT_ERRNO(process_vm_readv(getpid(), &v, 1, &v, 1, 1), EINVAL);
}

TEST(too_many_vectors_is_EINVAL)
{
    static struct iovec v[1025];
    EXPECT_ERRNO(process_vm_readv(getpid(), v, 1025, v, 1, 0), EINVAL);
    // The remote vector is not looked at if there is nothing to fill.
    EXPECT_EQ(process_vm_readv(getpid(), v, 1, v, 1025, 0), 0);
    char c;
    struct iovec one = { &c, 1 };
    EXPECT_ERRNO(process_vm_readv(getpid(), &one, 1, v, 1025, 0), EINVAL);
}

TEST(nothing_to_transfer_is_zero)
{
    struct iovec v = { 0, 0 };
    EXPECT_EQ(process_vm_readv(getpid(), &v, 1, &v, 1, 0), 0);
    EXPECT_EQ(process_vm_readv(getpid(), 0, 0, 0, 0, 0), 0);
}

TEST(no_such_process_is_ESRCH)
{
    char a, b = 1;
    pid_t child = FORK(_exit(0));
    EXPECT_EXIT(child, 0);
    EXPECT_ERRNO(get(child, &a, &b, 1), ESRCH);
    EXPECT_ERRNO(get(0x3fffffff, &a, &b, 1), ESRCH);
}

TEST(a_process_of_somebody_else_is_EPERM)
{
    NEED_ROOT();
    char *p = map_pages(1);
    pid_t child = IDLE_CHILD();
    AS_USER(1000, 1000, char c; EXPECT_ERRNO(get(child, &c, p, 1), EPERM));
    EXPECT_OK(kill(child, SIGKILL));
    EXPECT_SIGNALED(child, SIGKILL);
}
