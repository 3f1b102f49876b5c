"""How explanations count, quote and list, so that they read like a person's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

FEW = 5
"""Fewer than so many are "a few": nobody is to be counted out (BL-06)."""

_LANGUAGES = {
    "am": "Amharic",
    "ar": "Arabic",
    "bn": "Bengali",
    "bg": "Bulgarian",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "et": "Estonian",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "hr": "Croatian",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "lt": "Lithuanian",
    "lv": "Latvian",
    "ms": "Malay",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "ps": "Pashto",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sk": "Slovak",
    "sl": "Slovenian",
    "so": "Somali",
    "sq": "Albanian",
    "sr": "Serbian",
    "sv": "Swedish",
    "sw": "Swahili",
    "ta": "Tamil",
    "th": "Thai",
    "ti": "Tigrinya",
    "tl": "Filipino",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "zh": "Chinese",
}


def languages(tags: Iterable[str]) -> str:
    """In English, in the order of their names; a tag that is not known stays as it is."""
    return listed(sorted(_LANGUAGES.get(tag, tag) for tag in tags))


def quoted(texts: Iterable[str]) -> str:
    """What people wrote, in quotation marks."""
    return listed([f"“{text}”" for text in texts])


def listed(parts: Sequence[str]) -> str:
    """a, b and c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def either(parts: Sequence[str]) -> str:
    """a, b or c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} or {parts[-1]}"


def points(share: float) -> str:
    """A difference of scores, as admins read them: of a hundred."""
    whole = round(abs(share) * 100)
    if not whole:
        return "less than a point"
    return "1 point" if whole == 1 else f"{whole} points"


def hours(number: float) -> str:
    return "1 hour" if number == 1 else f"{number:g} hours"


def roughly(number: int) -> str:
    """How many, so that nobody can be counted out: "a few", or to the next five."""
    return "a few" if number < FEW else f"about {round(number / FEW) * FEW}"
