// memfd_create(2) as memory: mapping, sharing, seals against writing.
#include "../support/mem.h"

TEST(a_memfd_starts_empty)
{
    int fd = EXPECT_OK(memfd_create("m", 0));
    struct stat st;
    EXPECT_OK(fstat(fd, &st));
    EXPECT_EQ(st.st_size, 0);
    EXPECT_EQ(st.st_mode, S_IFREG | 0777);
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
    EXPECT_FAULT(p, READ_IT, SIGBUS, BUS_ADRERR);
}

TEST(memfd_create_with_unknown_flags_is_EINVAL)
{
    EXPECT_ERRNO(memfd_create("m", 0x8000), EINVAL);
}

TEST(memfd_create_with_a_bad_name_is_EFAULT)
{
    EXPECT_ERRNO(syscall(SYS_memfd_create, (char *)1, 0), EFAULT);
}

TEST(memfd_create_with_a_long_name_is_EINVAL)
{
    char name[256];
    memset(name, 'n', 255);
    name[255] = 0;
    EXPECT_ERRNO(memfd_create(name, 0), EINVAL);
    name[249] = 0;
    EXPECT_OK(memfd_create(name, 0));
}

TEST(memfd_cloexec_is_kept)
{
    EXPECT_EQ(fcntl(EXPECT_OK(memfd_create("m", MFD_CLOEXEC)), F_GETFD), FD_CLOEXEC);
    EXPECT_EQ(fcntl(EXPECT_OK(memfd_create("m", 0)), F_GETFD), 0);
}

TEST(a_memfd_is_shared_through_its_mapping)
{
    int fd = EXPECT_OK(memfd_create("m", 0));
    EXPECT_OK(ftruncate(fd, 4 * PAGE));
    char *p = EXPECT_OK((char *)mmap(0, 4 * PAGE, RW, MAP_SHARED, fd, 0));
    IN_CHILD({
        memset(p + PAGE, 'c', PAGE);
        EXPECT_EQ(pwrite(fd, "file", 4, 0), 4);
    });
    EXPECT_MEMEQ(p, "file", 4);
    EXPECT_TRUE(is_filled(p + PAGE, PAGE, 'c'));
    EXPECT_TRUE(is_filled(p + 2 * PAGE, 2 * PAGE, 0));
}

TEST(a_memfd_mapped_privately_keeps_stores_private)
{
    int fd = EXPECT_OK(memfd_create("m", 0));
    EXPECT_OK(ftruncate(fd, PAGE));
    char c, *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_PRIVATE, fd, 0));
    p[0] = 'x';
    EXPECT_EQ(pread(fd, &c, 1, 0), 1);
    EXPECT_EQ(c, 0);
}

TEST(a_memfd_outlives_its_descriptor_in_a_mapping)
{
    int fd = EXPECT_OK(memfd_create("m", 0));
    EXPECT_OK(ftruncate(fd, PAGE));
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
    EXPECT_OK(close(fd));
    p[9] = 'x';
    EXPECT_EQ(p[9], 'x');
}

TEST(a_memfd_reopened_read_only_through_proc)
{
    int fd = EXPECT_OK(memfd_create("m", 0));
    EXPECT_OK(ftruncate(fd, PAGE));
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int ro = EXPECT_OK(open(path, O_RDONLY));
    EXPECT_ERRNO(mmap(0, PAGE, RW, MAP_SHARED, ro, 0), EACCES);
    char *p = EXPECT_OK((char *)mmap(0, PAGE, PROT_READ, MAP_SHARED, ro, 0));
    EXPECT_EQ(pwrite(fd, "q", 1, 0), 1);
    EXPECT_EQ(p[0], 'q');
}

TEST(a_memfd_is_named_in_maps_and_fd)
{
    int fd = EXPECT_OK(memfd_create("some name", 0));
    EXPECT_OK(ftruncate(fd, PAGE));
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0)), path[64], text[128] = "";
    struct mapping m;
    EXPECT_TRUE(find_mapping(p, &m));
    EXPECT_STREQ(m.path, "/memfd:some name (deleted)");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    EXPECT_OK(readlink(path, text, sizeof text - 1));
    EXPECT_STREQ(text, "/memfd:some name (deleted)");
}

TEST(a_write_seal_with_a_writable_mapping_is_EBUSY)
{
    int fd = EXPECT_OK(memfd_create("m", MFD_ALLOW_SEALING));
    EXPECT_OK(ftruncate(fd, PAGE));
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
    EXPECT_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
    EXPECT_OK(munmap(p, PAGE));
    EXPECT_OK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
}

TEST(a_write_sealed_memfd_cannot_be_mapped_shared_and_writable)
{
    int fd = EXPECT_OK(memfd_create("m", MFD_ALLOW_SEALING));
    EXPECT_OK(ftruncate(fd, PAGE));
    EXPECT_OK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    EXPECT_ERRNO(mmap(0, PAGE, RW, MAP_SHARED, fd, 0), EPERM);
    EXPECT_OK(mmap(0, PAGE, RW, MAP_PRIVATE, fd, 0));
    // A read-only one may be made since Linux 6.7, but cannot become writable.
    char *p = EXPECT_OK((char *)mmap(0, PAGE, PROT_READ, MAP_SHARED, fd, 0));
    EXPECT_ERRNO(mprotect(p, PAGE, RW), EACCES);
}

TEST(future_write_seal_keeps_the_mappings_there_are)
{
    int fd = EXPECT_OK(memfd_create("m", MFD_ALLOW_SEALING));
    EXPECT_OK(ftruncate(fd, PAGE));
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
    EXPECT_OK(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
    p[0] = 'x';
    EXPECT_ERRNO(mmap(0, PAGE, RW, MAP_SHARED, fd, 0), EPERM);
    EXPECT_ERRNO(pwrite(fd, "y", 1, 0), EPERM);
}
