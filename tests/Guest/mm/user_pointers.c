// Pointers that lead to nothing, or end in the middle: EFAULT, or the count up to there.
#include "../support/mem.h"
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/utsname.h>

TEST(read_into_nothing_is_EFAULT)
{
    int fd = file_of_pages("f", 1);
    EXPECT_ERRNO(read(fd, BAD, 10), EFAULT);
    EXPECT_ERRNO(read(fd, free_pages(1), 10), EFAULT);
    EXPECT_ERRNO(read(fd, (void *)-PAGE, 10), EFAULT);
    EXPECT_ERRNO(read(fd, (void *)(1ul << 47), 10), EFAULT);
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 0);
}

TEST(read_of_nothing_into_nothing_is_zero)
{
    int fd = file_of_pages("f", 1);
    EXPECT_EQ(read(fd, BAD, 0), 0);
    EXPECT_OK(lseek(fd, 0, SEEK_END));
    EXPECT_EQ(read(fd, BAD, 10), 0);
}

TEST(a_file_read_up_to_a_guard_page_gives_the_part)
{
    int fd = file_of_pages("f", 2);
    char *guard = pages_before_guard(1);
    EXPECT_EQ(read(fd, guard - 100, 4000), 100);
    EXPECT_TRUE(is_filled(guard - 100, 100, 'a'));
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 100);
}

TEST(a_file_write_up_to_a_guard_page_writes_the_part)
{
    int fd = file_of_pages("f", 0);
    char *guard = pages_before_guard(1);
    memset(guard - PAGE, 'g', PAGE);
    EXPECT_EQ(write(fd, guard - 100, 4000), 100);
    struct stat st;
    EXPECT_OK(fstat(fd, &st));
    EXPECT_EQ(st.st_size, 100);
    EXPECT_ERRNO(write(fd, guard, 10), EFAULT);
}

TEST(a_pipe_read_into_nothing_is_EFAULT)
{
    int fds[2];
    char text[8];
    EXPECT_OK(pipe(fds));
    EXPECT_EQ(write(fds[1], "abcd", 4), 4);
    EXPECT_ERRNO(read(fds[0], BAD, 4), EFAULT);
    // Nothing was taken.
    EXPECT_EQ(read(fds[0], text, 8), 4);
    EXPECT_MEMEQ(text, "abcd", 4);
}

TEST(readv_with_a_bad_second_buffer_gives_the_first)
{
    int fd = file_of_pages("f", 1);
    char first[10];
    struct iovec v[2] = { { first, 10 }, { BAD, 10 } };
    EXPECT_EQ(readv(fd, v, 2), 10);
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 10);
}

TEST(writev_with_a_bad_second_buffer_writes_the_first)
{
    int fd = file_of_pages("f", 0);
    struct iovec v[2] = { { "0123456789", 10 }, { BAD, 10 } };
    EXPECT_EQ(writev(fd, v, 2), 10);
}

TEST(a_bad_vector_is_EFAULT)
{
    int fd = file_of_pages("f", 1);
    EXPECT_ERRNO(readv(fd, BAD, 1), EFAULT);
    // A vector that runs into the guard page is refused as a whole.
    struct iovec *v = (struct iovec *)pages_before_guard(1) - 1;
    char text[4];
    *v = (struct iovec){ text, 4 };
    EXPECT_ERRNO(readv(fd, v, 2), EFAULT);
    EXPECT_EQ(readv(fd, v, 1), 4);
}

TEST(a_vector_with_a_kernel_address_is_EFAULT_before_any_transfer)
{
    int fd = file_of_pages("f", 1);
    char first[10];
    struct iovec v[2] = { { first, 10 }, { (void *)0xffff888000000000ul, 10 } };
    EXPECT_ERRNO(readv(fd, v, 2), EFAULT);
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 0);
}

TEST(a_path_that_ends_at_a_guard_page_is_fine)
{
    close(file_of_pages("file", 0));
    char *guard = pages_before_guard(1);
    memcpy(guard - 5, "file", 5);
    EXPECT_OK(close(EXPECT_OK(open(guard - 5, O_RDONLY))));
    EXPECT_OK(access(guard - 5, F_OK));
}

TEST(a_path_without_end_before_a_guard_page_is_EFAULT)
{
    char *guard = pages_before_guard(1);
    memset(guard - PAGE, 'p', PAGE);
    EXPECT_ERRNO(open(guard - 4, O_RDONLY), EFAULT);
    EXPECT_ERRNO(open(BAD, O_RDONLY), EFAULT);
    EXPECT_ERRNO(unlink(BAD), EFAULT);
    EXPECT_ERRNO(rename("x", BAD), EFAULT);
    EXPECT_ERRNO(chdir(BAD), EFAULT);
    EXPECT_ERRNO(syscall(SYS_execve, BAD, 0, 0), EFAULT);
    struct stat st;
    EXPECT_ERRNO(stat(BAD, &st), EFAULT);
}

TEST(a_path_of_PATH_MAX_before_a_guard_page_is_ENAMETOOLONG)
{
    char *guard = pages_before_guard(2);
    memset(guard - 2 * PAGE, 'p', 2 * PAGE);
    EXPECT_ERRNO(open(guard - 4096, O_RDONLY), ENAMETOOLONG);
    EXPECT_ERRNO(open(guard - 4095, O_RDONLY), EFAULT);
}

TEST(results_into_nothing_are_EFAULT)
{
    EXPECT_ERRNO(syscall(SYS_fstat, 1, BAD), EFAULT);
    EXPECT_ERRNO(syscall(SYS_pipe2, BAD, 0), EFAULT);
    EXPECT_ERRNO(syscall(SYS_uname, BAD), EFAULT);
    EXPECT_ERRNO(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, BAD), EFAULT);
    EXPECT_ERRNO(syscall(SYS_getcwd, BAD, 4096), EFAULT);
    EXPECT_ERRNO(syscall(SYS_getrlimit, 0, BAD), EFAULT);
    EXPECT_ERRNO(syscall(SYS_rt_sigprocmask, 0, 0, BAD, 8), EFAULT);
    EXPECT_ERRNO(syscall(SYS_rt_sigaction, SIGUSR1, BAD, 0, 8), EFAULT);
    EXPECT_ERRNO(syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, BAD), EFAULT);
    EXPECT_ERRNO(syscall(SYS_poll, BAD, 1, 0), EFAULT);
    EXPECT_ERRNO(syscall(SYS_select, 1, BAD, 0, 0, 0), EFAULT);
    EXPECT_ERRNO(syscall(SYS_getgroups, 1, BAD) == 0 ? (errno = EFAULT, -1) : -1, EFAULT);
    EXPECT_ERRNO(syscall(SYS_nanosleep, BAD, 0), EFAULT);
    EXPECT_ERRNO(syscall(SYS_sysinfo, BAD), EFAULT);
    EXPECT_ERRNO(syscall(SYS_getrandom, BAD, 16, 0), EFAULT);
    EXPECT_ERRNO(syscall(SYS_futex, BAD, 0, 0, 0), EINVAL); // unaligned comes first
    EXPECT_ERRNO(syscall(SYS_futex, (void *)4, 0, 0, 0), EFAULT);
}

TEST(a_pipe_whose_numbers_cannot_be_stored_leaves_no_descriptor)
{
    int lowest = EXPECT_OK(dup(1));
    close(lowest);
    for (int i = 0; i < 10; i++)
        EXPECT_ERRNO(syscall(SYS_pipe2, BAD, 0), EFAULT);
    EXPECT_ERRNO(syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, BAD), EFAULT);
    EXPECT_EQ(dup(1), lowest);
}

TEST(a_structure_across_two_pages_is_written_whole)
{
    char *p = map_pages(2);
    for (int at = (int)PAGE - (int)sizeof(struct stat); at <= (int)PAGE; at += 8) {
        EXPECT_OK(syscall(SYS_fstat, 1, p + at));
        EXPECT_OK(syscall(SYS_uname, p + PAGE - 100));
    }
    EXPECT_STREQ(((struct utsname *)(p + PAGE - 100))->sysname, "Linux");
}

TEST(a_structure_that_runs_into_a_guard_page_is_EFAULT)
{
    char *guard = pages_before_guard(1);
    EXPECT_ERRNO(syscall(SYS_fstat, 1, guard - sizeof(struct stat) + 8), EFAULT);
    EXPECT_OK(syscall(SYS_fstat, 1, guard - sizeof(struct stat)));
    EXPECT_ERRNO(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, guard - 8), EFAULT);
    EXPECT_OK(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, guard - 16));
}

TEST(read_only_results_are_EFAULT)
{
    char *p = map_pages(1);
    EXPECT_OK(mprotect(p, PAGE, PROT_READ));
    EXPECT_ERRNO(syscall(SYS_uname, p), EFAULT);
    EXPECT_ERRNO(syscall(SYS_getcwd, p, PAGE), EFAULT);
    EXPECT_ERRNO(syscall(SYS_pipe2, p, 0), EFAULT);
    EXPECT_ERRNO(syscall(SYS_uname, (char *)main), EFAULT);
}

TEST(a_wait_with_a_bad_status_pointer_reaps_and_is_EFAULT)
{
    pid_t child = FORK(_exit(0));
    EXPECT_ERRNO(syscall(SYS_wait4, child, BAD, 0, 0), EFAULT);
    EXPECT_ERRNO(waitpid(child, 0, 0), ECHILD);
}

TEST(a_very_long_transfer_is_cut_at_two_gigabytes_less_a_page)
{
    int fd = EXPECT_OK(open("/dev/null", O_WRONLY));
    char *p = EXPECT_OK((char *)mmap(0, 3ul << 30, PROT_READ, ANON | MAP_NORESERVE, -1, 0));
    EXPECT_EQ(write(fd, p, 3ul << 30), 0x7ffff000);
}

TEST(a_length_above_the_sign_bit_is_EINVAL_or_EFAULT)
{
    int fd = file_of_pages("f", 1);
    char c;
    struct iovec v = { &c, -1ul };
    EXPECT_ERRNO(readv(fd, &v, 1), EINVAL);
    EXPECT_ERRNO(syscall(SYS_read, fd, &c, -1ul), EFAULT);
    EXPECT_ERRNO(syscall(SYS_read, fd, &c, 1ul << 63), EFAULT);
}
