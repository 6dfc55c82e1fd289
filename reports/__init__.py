"""Reports read and never write: facts are collected, frozen, laid out as sheets and turned into bytes."""
