// statmount(2) and listmount(2): what is mounted, by the unique mount id of statx(2) (Linux >= 6.8).
#include "files.h"
#include <sys/mount.h>

#ifndef SYS_statmount
#define SYS_statmount 457
#endif
#ifndef SYS_listmount
#define SYS_listmount 458
#endif
#define UNIQUE_ID 0x4000 // STATX_MNT_ID_UNIQUE
#define LIST_ROOT (~0ull) // LSMT_ROOT
enum { SB_BASIC = 1, MNT_BASIC = 2, MNT_ROOT = 8, MNT_POINT = 16, FS_TYPE = 32 };

struct request {
    uint32_t size, fd;
    uint64_t id, parameter, namespace;
};

struct answer {
    uint32_t size, options;
    uint64_t mask;
    uint32_t major, minor;
    uint64_t magic;
    uint32_t flags, type;
    uint64_t id, parent;
    uint32_t old_id, old_parent;
    uint64_t attributes, propagation, peers, master, from;
    uint32_t root, point;
    uint64_t namespace, spare[49];
    char text[1024];
};

static uint64_t id_of(const char *path)
{
    struct statx st;
    EXPECT_OK(statx(AT_FDCWD, path, 0, UNIQUE_ID, &st));
    EXPECT_EQ(st.stx_mask & UNIQUE_ID, UNIQUE_ID);
    return st.stx_mnt_id;
}

static long ask(uint64_t id, uint64_t mask, struct answer *answer, size_t size)
{
    struct request request = { 24, 0, id, mask, 0 };
    return syscall(SYS_statmount, &request, answer, size, 0);
}

static long list(uint64_t id, uint64_t after, uint64_t *ids, size_t count, unsigned flags)
{
    struct request request = { 24, 0, id, after, 0 };
    return syscall(SYS_listmount, &request, ids, count, flags);
}

TEST(a_mount_is_described)
{
    struct answer a = { 0 };
    char point[PATH_MAX];
    enter_mount_namespace();
    mount_tmpfs("dir", MS_NOSUID | MS_NODEV, "size=64k");
    EXPECT_TRUE(realpath("dir", point) != 0);
    uint64_t id = id_of("dir");
    EXPECT_OK(ask(id, SB_BASIC | MNT_BASIC | MNT_ROOT | MNT_POINT | FS_TYPE, &a, sizeof a));
    EXPECT_EQ(a.mask, SB_BASIC | MNT_BASIC | MNT_ROOT | MNT_POINT | FS_TYPE);
    EXPECT_EQ(a.id, id);
    EXPECT_EQ(a.parent, id_of("."));
    EXPECT_EQ(a.magic, 0x01021994);
    EXPECT_EQ(a.attributes, 2 | 4);
    EXPECT_EQ(a.propagation, MS_PRIVATE);
    EXPECT_STREQ(a.text + a.type, "tmpfs");
    EXPECT_STREQ(a.text + a.root, "/");
    EXPECT_STREQ(a.text + a.point, point);
}

TEST(strings_need_room_and_requests_sense)
{
    struct answer a;
    struct request short_one = { 23, 0, 1, 0, 0 };
    uint64_t id = id_of("/");
    EXPECT_ERRNO(ask(id, FS_TYPE, &a, 512), EOVERFLOW);
    EXPECT_ERRNO(ask(id, FS_TYPE, &a, 514), EOVERFLOW);
    EXPECT_OK(ask(id, SB_BASIC, &a, 512));
    EXPECT_OK(ask(id, SB_BASIC, &a, 8));
    EXPECT_EQ(a.size, 8);
    EXPECT_ERRNO(ask(id + (1ull << 40), SB_BASIC, &a, sizeof a), ENOENT);
    EXPECT_ERRNO(ask(id, SB_BASIC, BAD_ADDRESS, sizeof a), EFAULT);
    EXPECT_ERRNO(syscall(SYS_statmount, &short_one, &a, sizeof a, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_statmount, BAD_ADDRESS, &a, sizeof a, 0), EFAULT);
    EXPECT_ERRNO(syscall(SYS_statmount, &short_one, &a, sizeof a, 1), EINVAL);
}

TEST(the_mounts_below_one_are_listed_in_order)
{
    uint64_t ids[3];
    enter_mount_namespace();
    mount_tmpfs("dir", 0, 0);
    mount_tmpfs("dir/a", 0, 0);
    mount_tmpfs("dir/b", 0, 0);
    uint64_t top = id_of("dir"), a = id_of("dir/a"), b = id_of("dir/b");
    EXPECT_EQ(list(top, 0, ids, 3, 0), 2);
    EXPECT_EQ(ids[0], a);
    EXPECT_EQ(ids[1], b);
    EXPECT_EQ(list(top, 0, ids, 3, 1), 2);
    EXPECT_EQ(ids[0], b);
    EXPECT_EQ(list(top, a, ids, 3, 0), 1);
    EXPECT_EQ(ids[0], b);
    EXPECT_EQ(list(top, 0, ids, 1, 0), 1);
    EXPECT_EQ(list(LIST_ROOT, b - 1, ids, 3, 0), 1);
    EXPECT_EQ(ids[0], b);
    EXPECT_ERRNO(list(top, 0, ids, 3, 2), EINVAL);
    EXPECT_ERRNO(list(b + 1000, 0, ids, 3, 0), ENOENT);
    EXPECT_ERRNO(list(top, 0, ids, 1000001, 0), EOVERFLOW);
}
