"""Kefir: batches, their events, photos and reminders, and how people sign in."""
