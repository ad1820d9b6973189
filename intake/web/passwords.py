"""Argon2id for log-ins. See `access.PasswordHasher`."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import argon2

AT_ONCE = 2
"""Each hash takes 64 MiB and four threads: more at once would stop the hub (research: reliability, section 5)."""


class Argon2:
    """See `access.PasswordHasher`. Source: RFC 9106, second recommended option (the default of argon2-cffi)."""

    def __init__(self) -> None:
        """Start without threads; they come with the first log-in."""
        self._hasher = argon2.PasswordHasher()
        self._threads = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="password")

    async def hash(self, password: str) -> str:
        """See `access.PasswordHasher`."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def verify(self, kept: str, password: str) -> bool:
        """See `access.PasswordHasher`."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._verify, kept, password)

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)
