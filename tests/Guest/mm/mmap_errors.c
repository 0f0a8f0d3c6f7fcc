// mmap(2): every argument it refuses.
#include "../support/mem.h"
#include <sys/resource.h>
#include <sys/socket.h>

static long raw_mmap(unsigned long a, unsigned long len, unsigned long prot, unsigned long flags, long fd, long off)
{
    return syscall(SYS_mmap, a, len, prot, flags, fd, off);
}

TEST(mmap_of_length_zero_is_EINVAL)
{
    EXPECT_ERRNO(mmap(0, 0, RW, ANON, -1, 0), EINVAL);
    int fd = file_of_pages("f", 1);
    EXPECT_ERRNO(mmap(0, 0, PROT_READ, MAP_SHARED, fd, 0), EINVAL);
}

TEST(mmap_of_a_length_that_rounds_to_zero_is_ENOMEM)
{
    EXPECT_ERRNO(raw_mmap(0, ~0ul, RW, ANON, -1, 0), ENOMEM);
    EXPECT_ERRNO(raw_mmap(0, -PAGE + 1, RW, ANON, -1, 0), ENOMEM);
}

TEST(mmap_of_more_than_the_address_space_is_ENOMEM)
{
    EXPECT_ERRNO(raw_mmap(0, 1ul << 47, PROT_NONE, ANON | MAP_NORESERVE, -1, 0), ENOMEM);
    EXPECT_ERRNO(raw_mmap(0, 1ul << 62, PROT_NONE, ANON | MAP_NORESERVE, -1, 0), ENOMEM);
}

TEST(mmap_without_a_mapping_type_is_EINVAL)
{
    EXPECT_ERRNO(raw_mmap(0, PAGE, RW, MAP_ANONYMOUS, -1, 0), EINVAL);
    int fd = file_of_pages("f", 1);
    EXPECT_ERRNO(raw_mmap(0, PAGE, RW, 0, fd, 0), EINVAL);
}

TEST(mmap_of_anonymous_memory_with_shared_validate_is_EINVAL)
{
    EXPECT_ERRNO(raw_mmap(0, PAGE, RW, MAP_SHARED_VALIDATE | MAP_ANONYMOUS, -1, 0), EINVAL);
}

TEST(mmap_with_shared_validate_and_an_unknown_flag_is_EOPNOTSUPP)
{
    int fd = file_of_pages("f", 1);
    EXPECT_ERRNO(raw_mmap(0, PAGE, RW, MAP_SHARED_VALIDATE | 0x400000, fd, 0), EOPNOTSUPP);
    EXPECT_ERRNO(raw_mmap(0, PAGE, RW, MAP_SHARED_VALIDATE | MAP_SYNC, fd, 0), EOPNOTSUPP);
    EXPECT_OK(raw_mmap(0, PAGE, RW, MAP_SHARED_VALIDATE, fd, 0));
}

TEST(mmap_ignores_unknown_flags_of_the_older_types)
{
    int fd = file_of_pages("f", 1);
    EXPECT_OK(raw_mmap(0, PAGE, RW, MAP_SHARED | 0x400000, fd, 0));
    EXPECT_OK(raw_mmap(0, PAGE, RW, MAP_PRIVATE | 0x400000, fd, 0));
}

TEST(mmap_at_an_unaligned_offset_is_EINVAL)
{
    int fd = file_of_pages("f", 2);
    EXPECT_ERRNO(raw_mmap(0, PAGE, PROT_READ, MAP_SHARED, fd, 1), EINVAL);
    EXPECT_ERRNO(raw_mmap(0, PAGE, PROT_READ, MAP_SHARED, fd, PAGE - 1), EINVAL);
    // Even before the descriptor is looked at.
    EXPECT_ERRNO(raw_mmap(0, PAGE, PROT_READ, MAP_SHARED, 999, 1), EINVAL);
}

TEST(mmap_looks_at_the_descriptor_before_the_length)
{
    EXPECT_ERRNO(raw_mmap(0, 0, PROT_READ, MAP_SHARED, 999, 0), EBADF);
}

TEST(mmap_of_a_bad_descriptor_is_EBADF)
{
    EXPECT_ERRNO(mmap(0, PAGE, PROT_READ, MAP_SHARED, -1, 0), EBADF);
    EXPECT_ERRNO(mmap(0, PAGE, PROT_READ, MAP_PRIVATE, 999, 0), EBADF);
}

TEST(mmap_of_anonymous_memory_ignores_the_descriptor)
{
    EXPECT_OK(mmap(0, PAGE, RW, ANON, 999, 0));
    EXPECT_OK(mmap(0, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, 999, 0));
}

TEST(mmap_of_an_O_PATH_descriptor_is_EBADF)
{
    close(file_of_pages("f", 1));
    int fd = EXPECT_OK(open("f", O_PATH));
    EXPECT_ERRNO(mmap(0, PAGE, PROT_READ, MAP_PRIVATE, fd, 0), EBADF);
}

TEST(mmap_of_a_write_only_descriptor_is_EACCES)
{
    close(file_of_pages("f", 1));
    int fd = EXPECT_OK(open("f", O_WRONLY));
    EXPECT_ERRNO(mmap(0, PAGE, PROT_READ, MAP_PRIVATE, fd, 0), EACCES);
    EXPECT_ERRNO(mmap(0, PAGE, PROT_WRITE, MAP_SHARED, fd, 0), EACCES);
    EXPECT_ERRNO(mmap(0, PAGE, PROT_NONE, MAP_PRIVATE, fd, 0), EACCES);
}

TEST(mmap_shared_and_writable_of_a_read_only_descriptor_is_EACCES)
{
    close(file_of_pages("f", 1));
    int fd = EXPECT_OK(open("f", O_RDONLY));
    EXPECT_ERRNO(mmap(0, PAGE, RW, MAP_SHARED, fd, 0), EACCES);
    EXPECT_ERRNO(mmap(0, PAGE, PROT_WRITE, MAP_SHARED, fd, 0), EACCES);
    EXPECT_OK(mmap(0, PAGE, PROT_READ, MAP_SHARED, fd, 0));
    EXPECT_OK(mmap(0, PAGE, RW, MAP_PRIVATE, fd, 0));
}

TEST(mmap_of_what_cannot_be_mapped_is_ENODEV)
{
    int pipes[2], pair[2];
    EXPECT_OK(pipe(pipes));
    EXPECT_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    EXPECT_ERRNO(mmap(0, PAGE, PROT_READ, MAP_PRIVATE, pipes[0], 0), ENODEV);
    EXPECT_ERRNO(mmap(0, PAGE, PROT_READ, MAP_PRIVATE, pair[0], 0), ENODEV);
    int dir = EXPECT_OK(open(".", O_RDONLY | O_DIRECTORY));
    EXPECT_ERRNO(mmap(0, PAGE, PROT_READ, MAP_PRIVATE, dir, 0), ENODEV);
}

TEST(mmap_with_an_offset_past_the_end_of_numbers_is_EOVERFLOW)
{
    int fd = file_of_pages("f", 1);
    EXPECT_ERRNO(raw_mmap(0, 2 * PAGE, PROT_READ, MAP_SHARED, fd, -PAGE), EOVERFLOW);
    EXPECT_ERRNO(raw_mmap(0, PAGE, PROT_READ, MAP_SHARED, fd, 1ul << 63), EOVERFLOW);
}

TEST(mmap_fixed_at_an_unaligned_address_is_EINVAL)
{
    char *p = free_pages(4);
    EXPECT_ERRNO(mmap(p + 1, PAGE, RW, ANON | MAP_FIXED, -1, 0), EINVAL);
    EXPECT_ERRNO(mmap(p + 1, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), EINVAL);
}

TEST(mmap_fixed_beyond_the_user_address_space_is_ENOMEM)
{
    EXPECT_ERRNO(raw_mmap(1ul << 47, PAGE, RW, ANON | MAP_FIXED, -1, 0), ENOMEM);
    EXPECT_ERRNO(raw_mmap((1ul << 47) - PAGE, 2 * PAGE, RW, ANON | MAP_FIXED, -1, 0), ENOMEM);
    EXPECT_ERRNO(raw_mmap(-PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0), ENOMEM);
    // TASK_SIZE is one page less than half the canonical space.
    EXPECT_ERRNO(raw_mmap((1ul << 47) - PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0), ENOMEM);
}

TEST(mmap_fixed_noreplace_over_a_mapping_is_EEXIST)
{
    char *p = map_pages(4);
    p[PAGE] = 'x';
    EXPECT_ERRNO(mmap(p + PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
    EXPECT_OK(munmap(p + 2 * PAGE, PAGE));
    // One free page of two is not enough.
    EXPECT_ERRNO(mmap(p + PAGE, 2 * PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
    EXPECT_EQ(p[PAGE], 'x');
    EXPECT_EQ(EXPECT_OK(mmap(p + 2 * PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0)), p + 2 * PAGE);
}

TEST(mmap_fixed_below_the_lowest_address_needs_a_capability)
{
    AS_USER(1000, 1000, EXPECT_ERRNO(mmap(0, PAGE, RW, ANON | MAP_FIXED, -1, 0), EPERM));
}

TEST(mmap_growsdown_of_shared_memory_or_a_file_is_EINVAL)
{
    int fd = file_of_pages("f", 1);
    EXPECT_ERRNO(mmap(0, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0), EINVAL);
    EXPECT_ERRNO(mmap(0, PAGE, RW, MAP_PRIVATE | MAP_GROWSDOWN, fd, 0), EINVAL);
}

TEST(mmap_hugetlb_of_an_ordinary_file_is_EINVAL)
{
    int fd = file_of_pages("f", 1);
    EXPECT_ERRNO(mmap(0, 2 << 20, PROT_READ, MAP_PRIVATE | MAP_HUGETLB, fd, 0), EINVAL);
}

TEST(mmap_locked_beyond_the_lock_limit_is_EAGAIN)
{
    AS_USER(1000, 1000,
            struct rlimit limit = { PAGE, PAGE };
            EXPECT_OK(setrlimit(RLIMIT_MEMLOCK, &limit));
            EXPECT_ERRNO(mmap(0, 4 * PAGE, RW, ANON | MAP_LOCKED, -1, 0), EAGAIN));
}

TEST(mmap_locked_with_a_lock_limit_of_zero_is_EPERM)
{
    AS_USER(1000, 1000,
            struct rlimit limit = { 0, 0 };
            EXPECT_OK(setrlimit(RLIMIT_MEMLOCK, &limit));
            EXPECT_ERRNO(mmap(0, PAGE, RW, ANON | MAP_LOCKED, -1, 0), EPERM));
}
