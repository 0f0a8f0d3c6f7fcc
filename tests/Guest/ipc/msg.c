// System V message queues: msgget(2), msgop(2), msgctl(2).
#include "sysv.h"

struct message {
    long type;
    char text[8192];
};

static int queue(void)
{
    return EXPECT_OK(msgget(IPC_PRIVATE, 0600));
}

static void send(int id, long type, const char *text)
{
    struct message m = { type };
    strcpy(m.text, text);
    EXPECT_OK(msgsnd(id, &m, strlen(text), IPC_NOWAIT));
}

static void expect_message(int id, long wanted, int flags, long type, const char *text)
{
    struct message m = { 0 };
    EXPECT_EQ(msgrcv(id, &m, sizeof m.text, wanted, IPC_NOWAIT | flags), strlen(text));
    EXPECT_EQ(m.type, type);
    EXPECT_STREQ(m.text, text);
}

static unsigned long waiting(int id)
{
    struct msqid_ds state;
    EXPECT_OK(msgctl(id, IPC_STAT, &state));
    return state.msg_qnum;
}

TEST(messages_come_in_order)
{
    OWN_NAMESPACE();
    int id = queue();
    send(id, 3, "one");
    send(id, 1, "two");
    send(id, 3, "");
    EXPECT_EQ(waiting(id), 3);
    expect_message(id, 0, 0, 3, "one");
    expect_message(id, 0, 0, 1, "two");
    expect_message(id, 0, 0, 3, "");
    EXPECT_ERRNO(msgrcv(id, &(struct message){ 0 }, 10, 0, IPC_NOWAIT), ENOMSG);
}

TEST(a_type_selects)
{
    OWN_NAMESPACE();
    int id = queue();
    send(id, 5, "five");
    send(id, 3, "three");
    send(id, 4, "four");
    send(id, 3, "three again");
    expect_message(id, 4, 0, 4, "four");
    EXPECT_ERRNO(msgrcv(id, &(struct message){ 0 }, 10, 4, IPC_NOWAIT), ENOMSG);
    EXPECT_ERRNO(msgrcv(id, &(struct message){ 0 }, 10, -2, IPC_NOWAIT), ENOMSG);
    expect_message(id, -5, 0, 3, "three");
    expect_message(id, 5, MSG_EXCEPT, 3, "three again");
    expect_message(id, -5, 0, 5, "five");
}

TEST(msg_copy_looks_without_taking)
{
    OWN_NAMESPACE();
    int id = queue();
    send(id, 1, "zero");
    send(id, 2, "one");
    expect_message(id, 1, MSG_COPY, 2, "one");
    expect_message(id, 0, MSG_COPY, 1, "zero");
    EXPECT_EQ(waiting(id), 2);
    struct message m;
    EXPECT_ERRNO(msgrcv(id, &m, 10, 2, MSG_COPY | IPC_NOWAIT), ENOMSG);
    EXPECT_ERRNO(msgrcv(id, &m, 10, 0, MSG_COPY), EINVAL);
    EXPECT_ERRNO(msgrcv(id, &m, 10, 0, MSG_COPY | MSG_EXCEPT | IPC_NOWAIT), EINVAL);
}

TEST(a_message_larger_than_the_buffer_stays_or_is_cut)
{
    OWN_NAMESPACE();
    int id = queue();
    send(id, 1, "too long");
    struct message m = { 0 };
    EXPECT_ERRNO(msgrcv(id, &m, 3, 0, IPC_NOWAIT), E2BIG);
    EXPECT_EQ(waiting(id), 1);
    EXPECT_EQ(msgrcv(id, &m, 3, 0, IPC_NOWAIT | MSG_NOERROR), 3);
    EXPECT_STREQ(m.text, "too");
    EXPECT_EQ(waiting(id), 0);
}

TEST(bad_arguments)
{
    OWN_NAMESPACE();
    int id = queue();
    struct message m = { 1 };
    EXPECT_ERRNO(msgsnd(id, &m, 8193, IPC_NOWAIT), EINVAL);
    EXPECT_ERRNO(msgsnd(id, &m, -1, IPC_NOWAIT), EINVAL);
    EXPECT_ERRNO(msgsnd(-1, &m, 1, IPC_NOWAIT), EINVAL);
    EXPECT_ERRNO(msgsnd(id, BAD_ADDRESS, 8193, IPC_NOWAIT), EFAULT);
    m.type = 0;
    EXPECT_ERRNO(msgsnd(id, &m, 1, IPC_NOWAIT), EINVAL);
    m.type = -1;
    EXPECT_ERRNO(msgsnd(id, &m, 1, IPC_NOWAIT), EINVAL);
    EXPECT_ERRNO(msgsnd(id + 1, &m, 1, IPC_NOWAIT), EINVAL);
    EXPECT_ERRNO(msgrcv(-1, &m, 1, 0, IPC_NOWAIT), EINVAL);
    EXPECT_ERRNO(msgrcv(id, &m, -1, 0, IPC_NOWAIT), EINVAL);
    EXPECT_ERRNO(msgget(0x71, 0600), ENOENT);
    EXPECT_OK(msgget(0x71, IPC_CREAT | 0600));
    EXPECT_ERRNO(msgget(0x71, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
    EXPECT_ERRNO(msgctl(id, 99, 0), EINVAL);
    // A message whose copy fails is lost.
    send(id, 1, "lost");
    EXPECT_ERRNO(msgrcv(id, BAD_ADDRESS, 10, 0, IPC_NOWAIT), EFAULT);
    EXPECT_EQ(waiting(id), 0);
}

TEST(a_full_queue_makes_senders_wait)
{
    OWN_NAMESPACE();
    int id = queue();
    struct message m = { 1 };
    EXPECT_OK(msgsnd(id, &m, 8192, IPC_NOWAIT));
    EXPECT_OK(msgsnd(id, &m, 8192, IPC_NOWAIT));
    EXPECT_ERRNO(msgsnd(id, &m, 1, IPC_NOWAIT), EAGAIN);
    EXPECT_OK(msgsnd(id, &m, 0, IPC_NOWAIT));
    pid_t pid = FORK({
        m.type = 2;
        strcpy(m.text, "late");
        EXPECT_OK(msgsnd(id, &m, 4, 0));
    });
    EXPECT_ASLEEP(pid);
    EXPECT_EQ(waiting(id), 3);
    EXPECT_EQ(msgrcv(id, &m, 8192, 0, 0), 8192);
    EXPECT_EXIT(pid, 0);
    expect_message(id, 2, 0, 2, "late");
}

TEST(a_receiver_waits_for_its_type)
{
    OWN_NAMESPACE();
    int id = queue();
    pid_t pid = FORK({
        struct message m = { 0 };
        EXPECT_EQ(msgrcv(id, &m, 100, 7, 0), 5);
        EXPECT_STREQ(m.text, "seven");
    });
    EXPECT_ASLEEP(pid);
    send(id, 6, "six");
    EXPECT_EQ(waiting(id), 1);
    send(id, 7, "seven");
    EXPECT_EXIT(pid, 0);
    EXPECT_EQ(waiting(id), 1);
    struct msqid_ds state;
    EXPECT_OK(msgctl(id, IPC_STAT, &state));
    EXPECT_EQ(state.msg_lrpid, pid);
    EXPECT_EQ(state.msg_lspid, getpid());
}

TEST(a_waiting_receiver_with_too_small_a_buffer_gets_E2BIG)
{
    OWN_NAMESPACE();
    int id = queue();
    struct message m = { 0 };
    pid_t pid = FORK(EXPECT_ERRNO(msgrcv(id, &m, 2, 0, 0), E2BIG));
    EXPECT_ASLEEP(pid);
    send(id, 1, "long");
    EXPECT_EXIT(pid, 0);
    expect_message(id, 0, 0, 1, "long");
}

TEST(waits_are_interrupted_and_not_restarted_after_a_handler)
{
    OWN_NAMESPACE();
    int id = queue();
    catch_signal(SIGUSR1, SA_RESTART);
    pid_t parent = getpid();
    pid_t pid = FORK({
        EXPECT_ASLEEP(parent);
        kill(parent, SIGUSR1);
    });
    struct message m;
    EXPECT_ERRNO(msgrcv(id, &m, 2, 0, 0), EINTR);
    EXPECT_EXIT(pid, 0);
    send(id, 1, "kept");
    EXPECT_EQ(waiting(id), 1);
}

TEST(a_wait_goes_on_after_a_stop)
{
    OWN_NAMESPACE();
    int id = queue();
    pid_t pid = FORK({
        struct message m = { 0 };
        EXPECT_EQ(msgrcv(id, &m, 100, 0, 0), 2);
    });
    EXPECT_ASLEEP(pid);
    kill(pid, SIGSTOP);
    int status;
    EXPECT_EQ(waitpid(pid, &status, WUNTRACED), pid);
    kill(pid, SIGCONT);
    send(id, 1, "go");
    EXPECT_EXIT(pid, 0);
}

TEST(removal_wakes_senders_and_receivers_with_EIDRM)
{
    OWN_NAMESPACE();
    int id = queue();
    struct message m = { 1 };
    pid_t receiver = FORK(EXPECT_ERRNO(msgrcv(id, &m, 2, 9, 0), EIDRM));
    EXPECT_OK(msgsnd(id, &m, 8192, 0));
    EXPECT_OK(msgsnd(id, &m, 8192, 0));
    pid_t sender = FORK(EXPECT_ERRNO(msgsnd(id, &m, 10, 0), EIDRM));
    EXPECT_ASLEEP(receiver);
    EXPECT_ASLEEP(sender);
    EXPECT_OK(msgctl(id, IPC_RMID, 0));
    EXPECT_EXIT(receiver, 0);
    EXPECT_EXIT(sender, 0);
    EXPECT_ERRNO(msgsnd(id, &m, 1, IPC_NOWAIT), EINVAL);
}

TEST(a_killed_receiver_takes_no_message)
{
    OWN_NAMESPACE();
    int id = queue();
    struct message m = { 0 };
    pid_t pid = FORK(msgrcv(id, &m, 100, 0, 0));
    EXPECT_ASLEEP(pid);
    kill(pid, SIGKILL);
    EXPECT_SIGNALED(pid, SIGKILL);
    send(id, 1, "mine");
    expect_message(id, 0, 0, 1, "mine");
}

TEST(stat_tells_what_waits_and_set_changes_the_capacity)
{
    OWN_NAMESPACE();
    time_t before = time(0);
    int id = EXPECT_OK(msgget(0x72, IPC_CREAT | 0640));
    struct msqid_ds state;
    EXPECT_OK(msgctl(id, IPC_STAT, &state));
    EXPECT_EQ(state.msg_qbytes, 16384);
    EXPECT_EQ(state.msg_perm.mode, 0640);
    EXPECT_EQ(state.msg_stime, 0);
    send(id, 1, "abc");
    EXPECT_OK(msgctl(id, IPC_STAT, &state));
    EXPECT_EQ(state.__msg_cbytes, 3);
    EXPECT_GE(state.msg_stime, before);
    state.msg_qbytes = 4;
    EXPECT_OK(msgctl(id, IPC_SET, &state));
    struct message m = { 1 };
    EXPECT_ERRNO(msgsnd(id, &m, 2, IPC_NOWAIT), EAGAIN);
    EXPECT_OK(msgsnd(id, &m, 1, IPC_NOWAIT));
    EXPECT_ERRNO(msgctl(id, IPC_STAT, BAD_ADDRESS), EFAULT);
    EXPECT_ERRNO(msgctl(id, IPC_SET, BAD_ADDRESS), EFAULT);
}

TEST(permissions)
{
    OWN_NAMESPACE();
    NEED_ROOT();
    int id = EXPECT_OK(msgget(0x73, IPC_CREAT | 0602));
    AS_USER(1234, 1234, {
        struct message m = { 1 };
        EXPECT_OK(msgsnd(id, &m, 1, 0));
        EXPECT_ERRNO(msgrcv(id, &m, 1, 0, 0), EACCES);
        EXPECT_ERRNO(msgctl(id, IPC_RMID, 0), EPERM);
        struct msqid_ds state;
        EXPECT_ERRNO(msgctl(id, IPC_STAT, &state), EACCES);
        int own = queue();
        EXPECT_OK(msgctl(own, IPC_STAT, &state));
        state.msg_qbytes = 16385;
        EXPECT_ERRNO(msgctl(own, IPC_SET, &state), EPERM);
    });
}

TEST(limits_and_usage)
{
    OWN_NAMESPACE();
    struct msginfo info;
    EXPECT_EQ(msgctl(0, IPC_INFO, (struct msqid_ds *)&info), 0);
    EXPECT_EQ(info.msgmax, 8192);
    EXPECT_EQ(info.msgmnb, 16384);
    EXPECT_EQ(info.msgmni, 32000);
    queue();
    int id = queue();
    send(id, 1, "abc");
    EXPECT_EQ(msgctl(0, MSG_INFO, (struct msqid_ds *)&info), 1);
    EXPECT_EQ(info.msgpool, 2);
    EXPECT_EQ(info.msgmap, 1);
    EXPECT_EQ(info.msgtql, 3);
    struct msqid_ds state;
    EXPECT_EQ(msgctl(1, MSG_STAT, &state), id);
    EXPECT_EQ(state.msg_qnum, 1);
}

TEST(sysvipc_shows_the_queue)
{
    OWN_NAMESPACE();
    int id = EXPECT_OK(msgget(0x74, IPC_CREAT | 0640));
    send(id, 1, "abc");
    char line[128];
    sprintf(line, "\n%10d %10d  %4o  %10u %10u %5u %5u", 0x74, id, 0640, 3, 1, getpid(), 0);
    EXPECT_TRUE(has_line("/proc/sysvipc/msg", line));
}

TEST(the_next_id_may_be_chosen)
{
    OWN_NAMESPACE();
    int setting = open("/proc/sys/kernel/msg_next_id", O_RDWR);
    if (setting == -1)
        SKIP("needs CAP_CHECKPOINT_RESTORE: %s", harness_errno_name(errno));
    EXPECT_ERRNO(write(setting, "-2", 2), EINVAL);
    int id = queue(), wanted = (77 << 15) + (id & 0x7fff) + 3;
    char text[32];
    EXPECT_EQ(pwrite(setting, text, (size_t)sprintf(text, "%d", wanted), 0), strlen(text));
    EXPECT_EQ(queue(), wanted);
    // For one only.
    memset(text, 0, sizeof text);
    EXPECT_EQ(pread(setting, text, sizeof text - 1, 0), 3);
    EXPECT_STREQ(text, "-1\n");
    EXPECT_NE(queue(), wanted);
}
