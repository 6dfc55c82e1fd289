"""The monthly briefing 重点项目推进月度工作简报: collect -> frozen facts -> text and sheets -> bytes."""
