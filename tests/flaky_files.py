"""Files in a dictionary, as an object store keeps them, with faults on demand."""

from dance3d.io.remote_files import TooLarge


class FlakyFiles:
    """As ``dance3d.io.remote_files.RemoteFiles``.

    Attributes:
        held: the bytes by name.
        calls: what was asked, in order, as (``read`` or ``send``, name).
        fault: called before each read and write with the same two; may raise.
        cut: names of which only the first half is written.
        late: names that are not yet to be seen, as where a store is consistent in the end only.
    """

    url, writable = "flaky://store", True

    def __init__(self):
        self.held, self.calls, self.cut, self.late = {}, [], set(), set()
        self.fault = lambda what, name: None

    def read(self, name, into, most):
        self.calls.append(("read", name))
        self.fault("read", name)
        if name not in self.held or name in self.late:
            raise FileNotFoundError(name)
        if len(self.held[name]) > most:
            raise TooLarge(name)
        into.write(self.held[name])

    def send(self, path, name):
        self.calls.append(("send", name))
        self.fault("send", name)
        data = path.read_bytes()
        self.held[name] = data[: len(data) // 2] if name.rpartition("/")[2] in self.cut else data

    def names(self, folder):
        start = f"{folder}/" if folder else ""
        return sorted({name.removeprefix(start).split("/")[0] for name in self.held if name.startswith(start)})

    def changed(self, name):
        return None
