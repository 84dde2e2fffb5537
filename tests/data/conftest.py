"""Folders of pictures, data files and a loopback server for the tests of data sources."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import struct
import threading

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """The user's own data folder is an empty one."""
    folder = tmp_path / "home"
    monkeypatch.setenv("LATENT_STUDIO_HOME", str(folder))
    return folder


@pytest.fixture
def paint(tmp_path):
    """A function that writes a flat picture below ``tmp_path/pictures`` and returns that folder."""
    root = tmp_path / "pictures"
    root.mkdir()

    def write(name: str, colour=(200, 100, 50), size=(12, 10)):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, colour).save(path)
        return root

    return write


def idx(array: np.ndarray) -> bytes:
    """``array`` uint8 as an IDX file."""
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def small_mnist() -> dict[str, bytes]:
    """The four files of a tiny MNIST, unpacked: 30 training pictures (level = index) and 10 for testing."""
    files = {}
    for part, count in (("train", 30), ("t10k", 10)):
        levels = np.arange(count, dtype=np.uint8)
        pictures = np.broadcast_to(levels[:, None, None], (count, 28, 28))
        files[f"{part}-images-idx3-ubyte"] = idx(pictures)
        files[f"{part}-labels-idx1-ubyte"] = idx(levels % 10)
    return files


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A web server on this machine: ``server.files`` maps names to bytes, ``server.url`` is its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            data = self.server.files.get(self.path.lstrip("/"))
            if data is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(data) + self.server.missing))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as web:
        web.files, web.missing = {}, 0
        web.url = f"http://127.0.0.1:{web.server_port}/"
        thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield web
        web.shutdown()
        thread.join()


@pytest.fixture
def offered(server, monkeypatch, small_mnist):
    """torchvision's Fashion-MNIST, offered by the server instead of its own address."""
    from torchvision.datasets import FashionMNIST

    server.files = {f"{name}.gz": gzip.compress(data) for name, data in small_mnist.items()}
    sums = [(name, hashlib.md5(data).hexdigest()) for name, data in server.files.items()]
    monkeypatch.setattr(FashionMNIST, "mirrors", [server.url])
    monkeypatch.setattr(FashionMNIST, "resources", sums)
    return server
