// memfd_create(2) and the seals of fcntl(2).
#include "files.h"

static int memfd(unsigned flags) { return EXPECT_OK(memfd_create("name", flags)); }

static int sealed(unsigned seals)
{
    int fd = memfd(MFD_ALLOW_SEALING);
    EXPECT_EQ(write(fd, "text", 4), 4);
    EXPECT_OK(fcntl(fd, F_ADD_SEALS, seals));
    return fd;
}

TEST(a_memfd_is_an_empty_file_without_a_link)
{
    int fd = memfd(0);
    struct stat st = fstat_of(fd);
    EXPECT_TRUE(S_ISREG(st.st_mode));
    EXPECT_EQ(st.st_size, 0);
    EXPECT_EQ(st.st_nlink, 0);
    EXPECT_EQ(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
    EXPECT_EQ(write(fd, "text", 4), 4);
    EXPECT_EQ(fstat_of(fd).st_size, 4);
}

TEST(its_name_shows_in_proc)
{
    char path[64], target[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", memfd(0));
    ssize_t n = EXPECT_OK(readlink(path, target, sizeof target - 1));
    target[n] = 0;
    EXPECT_STREQ(target, "/memfd:name (deleted)");
}

TEST(MFD_CLOEXEC_sets_close_on_exec)
{
    EXPECT_EQ(fcntl(memfd(MFD_CLOEXEC), F_GETFD), FD_CLOEXEC);
    EXPECT_EQ(fcntl(memfd(0), F_GETFD), 0);
}

TEST(names_may_repeat_and_have_at_most_249_bytes)
{
    char name[256];
    memset(name, 'n', sizeof name);
    name[249] = 0;
    EXPECT_OK(memfd_create(name, 0));
    EXPECT_OK(memfd_create(name, 0));
    EXPECT_OK(memfd_create("", 0));
    name[249] = 'n';
    name[250] = 0;
    EXPECT_ERRNO(memfd_create(name, 0), EINVAL);
}

TEST(unknown_flags_and_bad_names_are_refused)
{
    EXPECT_ERRNO(memfd_create("name", 0x1000), EINVAL);
    EXPECT_ERRNO(memfd_create(BAD_ADDRESS, 0), EFAULT);
}

TEST(without_ALLOW_SEALING_the_seal_seal_is_set)
{
    int fd = memfd(0);
    EXPECT_EQ(fcntl(fd, F_GET_SEALS), F_SEAL_SEAL);
    EXPECT_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
    EXPECT_EQ(fcntl(memfd(MFD_ALLOW_SEALING), F_GET_SEALS), 0);
}

TEST(F_SEAL_WRITE_refuses_writing_but_not_reading)
{
    char c;
    int fd = sealed(F_SEAL_WRITE);
    EXPECT_ERRNO(write(fd, "x", 1), EPERM);
    EXPECT_ERRNO(pwrite(fd, "x", 1, 0), EPERM);
    EXPECT_EQ(pread(fd, &c, 1, 0), 1);
    EXPECT_ERRNO(fallocate(fd, 0x03, 0, 1), EPERM);
    EXPECT_ERRNO(mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), EPERM);
    EXPECT_OK(mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0));
    EXPECT_OK(mmap(0, 4096, PROT_READ, MAP_SHARED, fd, 0));
}

TEST(F_SEAL_WRITE_is_refused_while_a_writable_mapping_exists)
{
    int fd = memfd(MFD_ALLOW_SEALING);
    EXPECT_OK(ftruncate(fd, 4096));
    void *map = EXPECT_OK(mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    EXPECT_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
    EXPECT_OK(munmap(map, 4096));
    EXPECT_OK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
}

TEST(F_SEAL_SHRINK_and_F_SEAL_GROW_bind_the_size)
{
    int fd = sealed(F_SEAL_SHRINK);
    EXPECT_ERRNO(ftruncate(fd, 2), EPERM);
    EXPECT_OK(ftruncate(fd, 8));
    fd = sealed(F_SEAL_GROW);
    EXPECT_ERRNO(ftruncate(fd, 8), EPERM);
    EXPECT_ERRNO(pwrite(fd, "x", 1, 100000), EPERM);
    EXPECT_OK(ftruncate(fd, 2));
}

TEST(F_SEAL_SEAL_ends_sealing)
{
    int fd = sealed(F_SEAL_SEAL | F_SEAL_GROW);
    EXPECT_EQ(fcntl(fd, F_GET_SEALS), F_SEAL_SEAL | F_SEAL_GROW);
    EXPECT_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), EPERM);
}

TEST(F_SEAL_FUTURE_WRITE_spares_existing_mappings)
{
    int fd = memfd(MFD_ALLOW_SEALING);
    EXPECT_OK(ftruncate(fd, 4096));
    char *map = EXPECT_OK(mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)), c;
    EXPECT_OK(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
    map[0] = 'm';
    EXPECT_EQ(pread(fd, &c, 1, 0), 1);
    EXPECT_EQ(c, 'm');
    EXPECT_ERRNO(write(fd, "x", 1), EPERM);
    EXPECT_ERRNO(mmap(0, 4096, PROT_WRITE, MAP_SHARED, fd, 0), EPERM);
}

TEST(unknown_seals_and_read_only_descriptors_are_refused)
{
    char path[64];
    int fd = memfd(MFD_ALLOW_SEALING);
    EXPECT_ERRNO(fcntl(fd, F_ADD_SEALS, 0x8000), EINVAL);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int r = EXPECT_OK(open(path, O_RDONLY));
    EXPECT_ERRNO(fcntl(r, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
}

TEST(seals_are_for_memfds_only)
{
    int p[2];
    EXPECT_OK(pipe(p));
    EXPECT_ERRNO(fcntl(p[0], F_GET_SEALS), EINVAL);
    EXPECT_ERRNO(fcntl(p[1], F_ADD_SEALS, F_SEAL_WRITE), EINVAL);
}

TEST(seals_belong_to_the_file_and_not_to_the_descriptor)
{
    int fd = sealed(F_SEAL_WRITE), copy = EXPECT_OK(dup(fd));
    EXPECT_EQ(fcntl(copy, F_GET_SEALS), F_SEAL_WRITE);
    EXPECT_ERRNO(write(copy, "x", 1), EPERM);
}

TEST(MFD_NOEXEC_SEAL_takes_the_execute_bits_for_ever)
{
    int fd = memfd_create("name", 8);
    if (fd == -1 && errno == EINVAL)
        SKIP("MFD_NOEXEC_SEAL came with Linux 6.3");
    EXPECT_OK(fd);
    EXPECT_EQ(fstat_of(fd).st_mode & 0111, 0);
    EXPECT_ERRNO(fchmod(fd, 0777), EPERM);
    EXPECT_EQ(fcntl(fd, F_GET_SEALS) & 0x20, 0x20);
}
