"""A directory as a file system of its own that can be told to refuse: troubled-disk.py SOURCE MOUNTPOINT TROUBLE

It hands everything on to SOURCE, as a network file system does to its server: what happens in SOURCE itself sends no
change events. The file TROUBLE says what is wrong now: nothing while it is empty or gone, else the name of an error (EROFS,
ENOSPC, EIO) that everything gets that would change something, or `hang` to keep it waiting until TROUBLE says something
else. With `all` before it, it is for whatever is asked.
"""
import errno
import os
import sys
import time

from fusepy import FUSE, FuseOSError, Operations

source, mountpoint, trouble = sys.argv[1:4]


def wrong():
    try:
        with open(trouble) as file:
            return file.read().split()
    except FileNotFoundError:
        return []


def check(changes):
    words = wrong()
    while words[-1:] == ["hang"] and (changes or words[0] == "all"):
        time.sleep(0.01)
        words = wrong()
    if words and words[-1] != "hang" and (changes or words[0] == "all"):
        raise FuseOSError(getattr(errno, words[-1]))


def asks(call):
    def checked(*arguments):
        check(False)
        return call(*arguments)

    return checked


def changes(call):
    def checked(*arguments):
        check(True)
        return call(*arguments)

    return checked


def at(path):
    return source + path


class Disk(Operations):
    def __call__(self, operation, *arguments):
        try:
            return super().__call__(operation, *arguments)
        except OSError as error:
            raise FuseOSError(error.errno)

    @asks
    def getattr(self, path, handle=None):
        found = os.fstat(handle) if handle is not None else os.lstat(at(path))
        names = ("st_mode", "st_ino", "st_nlink", "st_uid", "st_gid", "st_size", "st_blocks")
        times = {name: getattr(found, name + "_ns") for name in ("st_atime", "st_mtime", "st_ctime")}
        return {**{name: getattr(found, name) for name in names}, **times}

    @asks
    def readdir(self, path, handle):
        return [".", "..", *os.listdir(at(path))]

    @asks
    def readlink(self, path):
        return os.readlink(at(path))

    @asks
    def statfs(self, path):
        found = os.statvfs(at(path))
        names = ("f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_favail", "f_ffree", "f_files", "f_frsize", "f_namemax")
        return {name: getattr(found, name) for name in names}

    def open(self, path, flags):
        check(flags & (os.O_WRONLY | os.O_RDWR | os.O_TRUNC) != 0)
        return os.open(at(path), flags & ~os.O_APPEND)

    @changes
    def create(self, path, mode, info=None):
        return os.open(at(path), os.O_RDWR | os.O_CREAT, mode)

    @asks
    def read(self, path, size, offset, handle):
        return os.pread(handle, size, offset)

    @changes
    def write(self, path, data, offset, handle):
        return os.pwrite(handle, data, offset)

    @changes
    def truncate(self, path, length, handle=None):
        os.truncate(handle if handle is not None else at(path), length)

    @changes
    def fsync(self, path, only_data, handle):
        os.fsync(handle)

    def release(self, path, handle):
        os.close(handle)

    @changes
    def mknod(self, path, mode, device):
        os.mknod(at(path), mode, device)

    @changes
    def mkdir(self, path, mode):
        os.mkdir(at(path), mode)

    @changes
    def rmdir(self, path):
        os.rmdir(at(path))

    @changes
    def unlink(self, path):
        os.unlink(at(path))

    @changes
    def rename(self, old, new):
        os.rename(at(old), at(new))

    @changes
    def symlink(self, target, points_to):
        os.symlink(points_to, at(target))

    @changes
    def link(self, target, existing):
        os.link(at(existing), at(target))

    @changes
    def chmod(self, path, mode):
        os.chmod(at(path), mode)

    @changes
    def chown(self, path, uid, gid):
        os.lchown(at(path), uid, gid)

    @changes
    def utimens(self, path, times=None):
        os.utime(at(path), ns=times)


Disk.use_ns = True
FUSE(
    Disk(),
    mountpoint,
    foreground=True,
    nothreads=False,
    default_permissions=True,
    use_ino=True,
    attr_timeout=1,
    entry_timeout=1,
    big_writes=True,
)
