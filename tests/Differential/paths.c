// Path calls: every kind of name with open flags, permissions, odd spellings and combinations.
#include "differential.h"
#include <dirent.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <utime.h>

// What the tree holds; made anew for each call that may change it.
static const char *const names[] = {
    "file",        "file/",       "file/.",       "file/..",      "noread",      "nowrite",      "noaccess",      "dir",         "dir/",
    "dir/.",       "dir/..",      "dir/file",     "dir/none",     "dir/none/",   "dir/none/none", "full",         "empty",       "noexec",
    "noexec/file", "nowritedir",  "nowritedir/file", "nowritedir/new", "noreaddir", "noreaddir/file", "sticky/file", "link",       "link/",
    "dirlink",     "dirlink/",    "dirlink/file", "dangling",     "dangling/",   "loop",         "loop/",         "loop/file",   "fifo",
    "setid",       "none",        "none/",        "none/.",       "none/..",     ".",            "..",            "./",          "../",
    "/",           "//",          "",             "./file",       ".//file",     "dir/../file",  "dir/./file",    "emptylink",   "abslink",
    "/dev/null",   "/dev/null/",  "/proc/self",   "/proc/self/cwd", "/proc/self/exe/x", "/proc/self/fd", "/proc/self/none", "/dev/full",
};
#define NAMES (int)(sizeof names / sizeof *names)

static void empty_out(int fd)
{
    fchmod(fd, 0700);
    DIR *stream = fdopendir(fd);
    if (stream == NULL)
        _exit(3);
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        if (entry->d_name[0] == '.' && (entry->d_name[1] == 0 || entry->d_name[1] == '.'))
            continue;
        if (unlinkat(fd, entry->d_name, 0) == 0)
            continue;
        fchmodat(fd, entry->d_name, 0700, 0);
        empty_out(openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY));
        unlinkat(fd, entry->d_name, AT_REMOVEDIR);
    }
    closedir(stream);
}

static void wipe(void)
{
    close_all();
    if (chdir("/") != 0)
        _exit(2);
    chmod(dir, 0700);
    empty_out(open(dir, O_RDONLY | O_DIRECTORY));
}

static void make(const char *name, int mode)
{
    int fd = open(at_dir(name), O_CREAT | O_WRONLY, 0600);
    if (write(fd, "text", 4) != 4)
        _exit(3);
    fchmod(fd, mode);
    close(fd);
}

static void plant(void)
{
    wipe();
    umask(0);
    if (chdir(dir) != 0)
        _exit(2);
    make("file", 0644);
    make("noread", 0200);
    make("nowrite", 0400);
    make("noaccess", 0);
    make("setid", 06755);
    mkdir("dir", 0755);
    make("dir/file", 0644);
    mkdir("full", 0755);
    mkdir("full/sub", 0755);
    mkdir("empty", 0755);
    mkdir("noexec", 0755);
    make("noexec/file", 0644);
    chmod("noexec", 0600);
    mkdir("nowritedir", 0755);
    make("nowritedir/file", 0644);
    chmod("nowritedir", 0500);
    mkdir("noreaddir", 0755);
    make("noreaddir/file", 0644);
    chmod("noreaddir", 0300);
    mkdir("sticky", 0755);
    make("sticky/file", 0644);
    chmod("sticky", 01777);
    symlink("file", "link");
    symlink("dir", "dirlink");
    symlink("target", "dangling");
    symlink("loop", "loop");
    symlink(at_dir("file"), "abslink");
    mkfifo("fifo", 0644);
    umask(022);
}

#define EACH(label, call)                                              \
    for (int n = 0; n < NAMES; n++) {                                  \
        const char *name = names[n];                                   \
        plant();                                                       \
        SHOW(label, name, call);                                       \
    }
// For what changes nothing: the tree stays.
#define LOOK(label, call)                                              \
    plant();                                                           \
    for (int n = 0; n < NAMES; n++) {                                  \
        const char *name = names[n];                                   \
        OK(label, name, call);                                         \
        close_all();                                                   \
    }

static void opens(void)
{
    static const struct {
        const char *name;
        int flags;
    } flags[] = {
        {"rdonly", O_RDONLY}, {"wronly", O_WRONLY}, {"rdwr", O_RDWR}, {"accmode", 3}, {"creat", O_CREAT | O_WRONLY}, {"excl", O_CREAT | O_EXCL | O_RDWR},
        {"trunc", O_RDWR | O_TRUNC}, {"trunc_ro", O_TRUNC}, {"creat_trunc", O_CREAT | O_TRUNC | O_RDWR}, {"directory", O_DIRECTORY},
        {"directory_rw", O_DIRECTORY | O_RDWR}, {"nofollow", O_NOFOLLOW}, {"nofollow_creat", O_NOFOLLOW | O_CREAT | O_RDWR},
        {"nofollow_dir", O_NOFOLLOW | O_DIRECTORY}, {"path", O_PATH}, {"path_nofollow", O_PATH | O_NOFOLLOW}, {"path_dir", O_PATH | O_DIRECTORY},
        {"tmpfile", O_TMPFILE | O_RDWR}, {"tmpfile_ro", O_TMPFILE}, {"tmpfile_creat", O_TMPFILE | O_RDWR | O_CREAT}, {"noatime", O_NOATIME},
        {"excl_only", O_EXCL}, {"creat_dir", O_CREAT | O_DIRECTORY | O_RDWR}, {"append_trunc", O_APPEND | O_TRUNC | O_WRONLY}, {"direct", O_DIRECT},
        {"unknown", 0x40000000}, {"sync", O_SYNC | O_RDWR},
    };
    for (unsigned f = 0; f < sizeof flags / sizeof *flags; f++)
        for (int n = 0; n < NAMES; n++) {
            plant();
            errno = 0;
            int fd = open(names[n], flags[f].flags | O_NONBLOCK, 0640);
            printf("open_%s(%s)=%s", flags[f].name, names[n], fd == -1 ? text_of(-1) : "ok");
            struct stat st;
            if (fd != -1 && fstat(fd, &st) == 0)
                printf(" %x %o %ld", fcntl(fd, F_GETFL), st.st_mode, S_ISREG(st.st_mode) && st.st_size < 100 ? (long)st.st_size : 0L);
            printf("\n");
        }
    static const unsigned long resolves[] = {0, 1, 2, 4, 8, 16, 64, 8 | 16, 4 | 8, 2 | 4, 1 | 2 | 4 | 8};
    for (unsigned r = 0; r < sizeof resolves / sizeof *resolves; r++) {
        struct open_how how = {.flags = O_RDONLY | O_NONBLOCK, .resolve = resolves[r]};
        LOOK(fmt("openat2_%lx", resolves[r]), syscall(SYS_openat2, AT_FDCWD, name, &how, sizeof how));
    }
    static const struct {
        const char *name;
        struct open_how how;
        size_t size;
    } hows[] = {
        {"small", {0, 0, 0}, 8}, {"zero", {0, 0, 0}, 0}, {"mode", {0, 0600, 0}, 24}, {"badmode", {O_CREAT | O_WRONLY, 0100000, 0}, 24},
        {"flag", {1UL << 40, 0, 0}, 24}, {"unknown", {0x40000000, 0, 0}, 24}, {"path", {O_PATH | O_TRUNC, 0, 0}, 24}, {"path_rw", {O_PATH | O_RDWR, 0, 0}, 24},
        {"tmp", {O_TMPFILE | O_RDONLY, 0, 0}, 24}, {"tmpcreat", {O_TMPFILE | O_RDWR | O_CREAT, 0600, 0}, 24}, {"creatdir", {O_CREAT | O_DIRECTORY, 0600, 0}, 24},
        {"large", {0, 0, 0}, 5000}, {"cached_trunc", {O_TRUNC | O_RDWR, 0, 32}, 24},
    };
    static char page[8192];
    for (unsigned h = 0; h < sizeof hows / sizeof *hows; h++) {
        plant();
        memset(page, 0, sizeof page);
        memcpy(page, &hows[h].how, sizeof hows[h].how);
        OK("openat2_how", hows[h].name, syscall(SYS_openat2, AT_FDCWD, "file", page, hows[h].size));
        page[30] = 1;
        OK("openat2_tail", hows[h].name, syscall(SYS_openat2, AT_FDCWD, "file", page, hows[h].size < 24 ? hows[h].size : 40));
    }
    OK("openat2", "badpointer", syscall(SYS_openat2, AT_FDCWD, "file", 1, 24));
}

static void looks(void)
{
    struct stat st;
    struct statx sx;
    struct statfs sf;
    char text[PATH_MAX];
    LOOK("stat", stat(name, &st));
    LOOK("lstat", lstat(name, &st));
    LOOK("fstatat_nofollow_empty", fstatat(AT_FDCWD, name, &st, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH));
    LOOK("fstatat_badflag", fstatat(AT_FDCWD, name, &st, 0x8000));
    LOOK("statx", statx(AT_FDCWD, name, 0, STATX_ALL, &sx));
    LOOK("statx_nofollow", statx(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &sx));
    LOOK("statx_dontsync", statx(AT_FDCWD, name, AT_STATX_DONT_SYNC, 0, &sx));
    LOOK("statfs", statfs(name, &sf));
    LOOK("readlink", readlink(name, text, 100) >= 0 ? 0 : -1);
    LOOK("readlink_0", readlink(name, text, 0));
    LOOK("readlink_1", readlink(name, text, 1));
    for (int mode = -1; mode < 9; mode++) {
        LOOK(fmt("access_%d", mode), access(name, mode));
    }
    for (int flags = 0; flags < 0x2000; flags = flags ? flags * 2 : 1) {
        LOOK(fmt("faccessat2_%x", flags), syscall(SYS_faccessat2, AT_FDCWD, name, R_OK, flags));
    }
    LOOK("chdir", ({ int r = chdir(name); int e = errno; if (chdir(dir) != 0) _exit(2); errno = e; r; }));
    LOOK("chroot", chroot(name));
    LOOK("pivot_root", syscall(SYS_pivot_root, name, name));
    LOOK("getxattr", getxattr(name, "user.none", text, 10));
    LOOK("lgetxattr", lgetxattr(name, "user.none", text, 10));
    LOOK("getxattr_trusted", getxattr(name, "trusted.none", text, 10));
    LOOK("getxattr_badname", getxattr(name, "none", text, 10));
    LOOK("getxattr_capability", getxattr(name, "security.capability", text, 100));
    LOOK("open_tree", syscall(SYS_open_tree, AT_FDCWD, name, 0));
    LOOK("open_tree_clone", syscall(SYS_open_tree, AT_FDCWD, name, 1));
    LOOK("mount", syscall(SYS_mount, "none", name, "tmpfs", 0, NULL));
    LOOK("umount", syscall(SYS_umount2, name, 0));
    LOOK("umount_nofollow", syscall(SYS_umount2, name, 8));
    LOOK("umount_bad", syscall(SYS_umount2, name, 16));
    LOOK("swapon", syscall(SYS_swapon, name, 0));
    LOOK("inotify", ({ int fd = syscall(SYS_inotify_init1, 0); syscall(SYS_inotify_add_watch, fd, name, 1); }));
    LOOK("inotify_dir", ({ int fd = syscall(SYS_inotify_init1, 0); syscall(SYS_inotify_add_watch, fd, name, 1 | 0x1000000); }));
    LOOK("inotify_nofollow", ({ int fd = syscall(SYS_inotify_init1, 0); syscall(SYS_inotify_add_watch, fd, name, 1 | 0x2000000); }));
    plant();
    for (int n = 0; n < NAMES; n++)
        CHILD("execve", names[n], ({ char *argv[] = {"x", NULL}; execve(names[n], argv, argv); -1; }));
}

static void changes(void)
{
    static char value[10];
    EACH("mkdir", mkdir(name, 0755));
    EACH("rmdir", rmdir(name));
    EACH("unlink", unlink(name));
    EACH("unlinkat_dir", unlinkat(AT_FDCWD, name, AT_REMOVEDIR));
    EACH("mknod_fifo", mknod(name, S_IFIFO | 0644, 0));
    EACH("mknod_file", mknod(name, 0644, 0));
    EACH("mknod_socket", mknod(name, S_IFSOCK | 0644, 0));
    EACH("mknod_device", mknod(name, S_IFCHR | 0644, 0x103));
    EACH("mknod_whiteout", mknod(name, S_IFCHR | 0644, 0));
    EACH("symlink", symlink("x", name));
    EACH("symlink_from", symlink(name, "x"));
    EACH("link_to", link("file", name));
    EACH("link_from", link(name, "x"));
    EACH("linkat_follow", linkat(AT_FDCWD, name, AT_FDCWD, "x", AT_SYMLINK_FOLLOW));
    EACH("rename_to", rename("file", name));
    EACH("rename_from", rename(name, "x"));
    EACH("rename_dir_to", rename("dir", name));
    EACH("rename_empty_to", rename("empty", name));
    EACH("rename_into_itself", rename("dir", fmt("dir/%s", name)));
    for (unsigned flags = 1; flags < 9; flags++) {
        if (flags == 4) // whiteouts need a privilege
            continue;
        EACH(fmt("renameat2_to_%u", flags), syscall(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, name, flags));
        EACH(fmt("renameat2_dir_%u", flags), syscall(SYS_renameat2, AT_FDCWD, "dir", AT_FDCWD, name, flags));
    }
    EACH("truncate", truncate(name, 2));
    EACH("truncate_negative", truncate(name, -1));
    EACH("chmod", chmod(name, 0751));
    EACH("lchmod", syscall(452, AT_FDCWD, name, 0600, AT_SYMLINK_NOFOLLOW));
    EACH("chown", chown(name, -1, -1));
    EACH("chown_me", chown(name, geteuid(), getegid()));
    EACH("chown_root", chown(name, 0, 0));
    EACH("lchown", lchown(name, -1, getegid()));
    EACH("utime", utimensat(AT_FDCWD, name, NULL, 0));
    EACH("utime_set", ({ struct timespec t[2] = {{1, 2}, {3, 4}}; utimensat(AT_FDCWD, name, t, 0); }));
    EACH("utime_omit", ({ struct timespec t[2] = {{1, UTIME_OMIT}, {3, UTIME_OMIT}}; utimensat(AT_FDCWD, name, t, 0); }));
    EACH("utime_now", ({ struct timespec t[2] = {{1, UTIME_NOW}, {3, UTIME_OMIT}}; utimensat(AT_FDCWD, name, t, AT_SYMLINK_NOFOLLOW); }));
    EACH("setxattr", setxattr(name, "user.a", "v", 1, 0));
    EACH("setxattr_create", setxattr(name, "user.a", "v", 1, XATTR_CREATE));
    EACH("setxattr_replace", setxattr(name, "user.a", "v", 1, XATTR_REPLACE));
    EACH("setxattr_trusted", setxattr(name, "trusted.a", "v", 1, 0));
    EACH("setxattr_security", setxattr(name, "security.a", "v", 1, 0));
    EACH("setxattr_capability", setxattr(name, "security.capability", "v", 1, 0));
    EACH("removexattr", removexattr(name, "user.a"));
    EACH("listxattr", listxattr(name, value, sizeof value));
    EACH("creat_mode", ({ umask(077); int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC | O_NONBLOCK, 06777); struct stat st; int r = fd == -1 ? -1 : fstat(fd, &st); umask(022); r == -1 ? -1 : (long)st.st_mode; }));
}

// Modes that chmod, chown and writing leave behind.
static void modes(void)
{
    static const int set[] = {0, 0755, 02755, 04755, 06755, 02745, 06645, 01777, 07777};
    for (int m = 0; m < 9; m++) {
        const char *kind = fmt("%o", set[m]);
        struct stat st;
        plant();
        SHOW("mode_file", kind, ({ chmod("file", set[m]); stat("file", &st); st.st_mode; }));
        SHOW("mode_chown", kind, ({ chmod("file", set[m]); chown("file", geteuid(), getegid()); stat("file", &st); st.st_mode; }));
        SHOW("mode_chown_none", kind, ({ chmod("file", set[m]); chown("file", -1, -1); stat("file", &st); st.st_mode; }));
        SHOW("mode_write", kind, ({ chmod("file", 0600); int fd = open("file", O_RDWR); chmod("file", set[m]); write(fd, "x", 1); stat("file", &st); st.st_mode; }));
        SHOW("mode_truncate", kind, ({ chmod("file", 0600); int fd = open("file", O_RDWR); chmod("file", set[m]); ftruncate(fd, 1); stat("file", &st); st.st_mode; }));
        SHOW("mode_fallocate", kind, ({ chmod("file", 0600); int fd = open("file", O_RDWR); chmod("file", set[m]); posix_fallocate(fd, 0, 99); stat("file", &st); st.st_mode; }));
        close_all();
        SHOW("mode_dir", kind, ({ chmod("dir", set[m]); stat("dir", &st); st.st_mode; }));
        SHOW("mode_dir_chown", kind, ({ chown("dir", geteuid(), getegid()); stat("dir", &st); st.st_mode; }));
        chmod("dir", (set[m] & 07000) | 0755);
        SHOW("mode_inherit_dir", kind, ({ mkdir("dir/new", 0755); stat("dir/new", &st); st.st_mode; }));
        rmdir("dir/new");
        SHOW("mode_inherit_file", kind, ({ close(open("dir/new", O_CREAT | O_WRONLY, 06775)); stat("dir/new", &st); st.st_mode; }));
        unlink("dir/new");
        SHOW("mode_tmpfile", kind, ({ int fd = open("dir", O_TMPFILE | O_RDWR, set[m]); fstat(fd, &st); st.st_mode; }));
        SHOW("mode_mkdir", kind, ({ umask(0); mkdir("new", set[m]); stat("new", &st); umask(022); st.st_mode; }));
        rmdir("new");
    }
    for (int mask = 0; mask < 01000; mask += 0111) {
        struct stat st;
        plant();
        umask(mask);
        SHOW("umask", fmt("%o", mask), ({ close(open("new", O_CREAT | O_WRONLY, 0777)); stat("new", &st); st.st_mode; }));
        umask(022);
    }
    SHOW("umask", "high", umask(07777));
    SHOW("umask", "back", umask(022));
}

static void lengths(void)
{
    plant();
    static char text[2 * PATH_MAX];
    static const int sizes[] = {254, 255, 256, 4094, 4095, 4096, 4097};
    for (int s = 0; s < 7; s++) {
        memset(text, 'a', sizes[s]);
        text[sizes[s]] = 0;
        const char *kind = fmt("%d", sizes[s]);
        struct stat st;
        SHOW("stat_name", kind, stat(text, &st));
        OK("open_name", kind, open(text, O_CREAT | O_RDWR, 0600));
        unlink(text);
        SHOW("mkdir_name", kind, mkdir(text, 0700));
        rmdir(text);
        SHOW("symlink_name", kind, symlink("x", text));
        unlink(text);
        SHOW("symlink_text", kind, symlink(text, "x"));
        SHOW("readlink_text", kind, readlink("x", (char[5000]){0}, 5000));
        SHOW("stat_through", kind, stat("x", &st));
        unlink("x");
        SHOW("rename_name", kind, rename("file", text));
        rename(text, "file");
        SHOW("link_name", kind, link("file", text));
        unlink(text);
        SHOW("unlink_name", kind, unlink(text));
        for (int i = 0; i < sizes[s]; i += 2)
            memcpy(text + i, "./", 2);
        memcpy(text + (sizes[s] & ~1) - 4, "file", 4);
        text[sizes[s] & ~1] = 0;
        SHOW("stat_dots", kind, stat(text, &st));
        memset(text, '/', sizes[s]);
        SHOW("stat_slashes", kind, stat(text, &st));
    }
    SHOW("chain", "39", ({ long r = 0; symlink("file", "l0"); for (int i = 1; i < 39; i++) symlink(fmt("l%d", i - 1), fmt("l%d", i)); struct stat st; r = stat("l38", &st); r; }));
    symlink("l38", "l39");
    symlink("l39", "l40");
    struct stat st;
    SHOW("chain", "40", stat("l39", &st));
    SHOW("chain", "41", stat("l40", &st));
    for (int i = 0; i < 41; i++)
        unlink(fmt("l%d", i));
    static char cwd[PATH_MAX];
    OK("getcwd", "0", syscall(SYS_getcwd, cwd, 0));
    OK("getcwd", "1", syscall(SYS_getcwd, cwd, 1));
    OK("getcwd", "bad", syscall(SYS_getcwd, 1, PATH_MAX));
    OK("getcwd", "removed", ({ mkdir("new", 0700); chdir("new"); rmdir(at_dir("new")); syscall(SYS_getcwd, cwd, PATH_MAX); }));
    OK("removed", "open", open("x", O_CREAT | O_RDWR, 0600));
    OK("removed", "mkdir", mkdir("x", 0600));
    OK("removed", "dot", open(".", O_RDONLY));
    OK("removed", "dotdot", open("..", O_RDONLY));
    OK("removed", "tmpfile", open(".", O_TMPFILE | O_RDWR, 0600));
    OK("removed", "link", link(at_dir("file"), "x"));
    OK("removed", "symlink", symlink("y", "x"));
    OK("removed", "rename", rename(at_dir("file"), "x"));
    SHOW("stat", "badpath", stat((void *)1, &st));
    SHOW("stat", "badbuffer", syscall(SYS_stat, at_dir("file"), 1));
    SHOW("stat", "badbuffer_none", syscall(SYS_stat, at_dir("none"), 1));
    SHOW("readlink", "badbuffer", syscall(SYS_readlink, at_dir("link"), 1, 10));
    SHOW("readlink", "negative", syscall(SYS_readlink, at_dir("link"), cwd, -1));
}

int main(void)
{
    begin();
    opens();
    looks();
    changes();
    modes();
    lengths();
    wipe();
    return end();
}
