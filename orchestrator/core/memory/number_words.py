"""Number words: how people say the digits of a number, in the languages that callers speak.

A caller may change the language at any time, and a recogniser writes numbers as it likes, so all languages are known in
every call. Words are written without accents and in small letters, as `masking` compares them.
"""

from __future__ import annotations

# Language → its words for 0 to 9. "/" separates words for the same digit.
DIGITS = {
    "en": "zero/nought/naught/nil one two three four five six seven eight nine/niner",
    "de": "null eins/ein/eine/einen zwei/zwo drei vier funf/fuenf sechs sieben acht neun",
    "fr": "zero un/une deux trois quatre cinq six sept huit neuf",
    "es": "cero uno/un/una dos tres cuatro cinco seis siete ocho nueve",
    "it": "zero uno/un/una due tre quattro cinque sei sette otto nove",
    "pt": "zero um/uma dois/duas tres quatro cinco seis/meia sete oito nove",
    "nl": "nul een twee drie vier vijf zes zeven acht negen",
    "sv": "noll ett/en tva tre fyra fem sex sju atta nio",
    "da": "nul en/et to tre fire fem seks syv otte ni",
    "no": "null en/ett to tre fire fem seks sju/syv atte ni",
    "fi": "nolla yksi kaksi kolme nelja viisi kuusi seitseman kahdeksan yhdeksan",
    "pl": "zero jeden dwa trzy cztery piec szesc siedem osiem dziewiec",
    "cs": "nula jedna/jeden dva/dve tri ctyri pet sest sedm osm devet",
    "hu": "nulla egy ketto/ket harom negy ot hat het nyolc kilenc",
    "ro": "zero unu/una doi/doua trei patru cinci sase sapte opt noua",
    "tr": "sıfır/sifir bir iki uc dort bes altı/alti yedi sekiz dokuz",
    "id": "nol/kosong satu dua tiga empat lima enam tujuh delapan sembilan",
    "el": "μηδεν ενα δυο τρια τεσσερα πεντε εξι επτα/εφτα οκτω/οχτω εννεα/εννια",
    "ru": "ноль/нуль один/одна/раз два/две три четыре пять шесть семь восемь девять",
    "ar": "صفر واحد اثنان/اثنين ثلاثة/ثلاث اربعة/اربع خمسة/خمس ستة/ست سبعة/سبع ثمانية/ثمان تسعة/تسع",
}
# Language → its words for 10 to 19, and for 20, 30, … 90.
TEENS = {
    "en": "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
    "de": "zehn elf zwolf/zwoelf dreizehn vierzehn funfzehn/fuenfzehn sechzehn siebzehn achtzehn neunzehn",
    "fr": "dix onze douze treize quatorze quinze seize",
    "es": "diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve",
    "it": "dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove",
    "pt": "dez onze doze treze catorze/quatorze quinze dezesseis/dezasseis dezessete/dezassete dezoito "
    "dezenove/dezanove",
    "nl": "tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien",
    "pl": "dziesiec jedenascie dwanascie trzynascie czternascie pietnascie szesnascie siedemnascie osiemnascie "
    "dziewietnascie",
    "cs": "deset jedenact dvanact trinact ctrnact patnact sestnact sedmnact osmnact devatenact",
    "ru": "десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать "
    "девятнадцать",
}
TENS = {
    "en": "twenty thirty forty/fourty fifty sixty seventy eighty ninety",
    "de": "zwanzig dreisig/dreissig vierzig funfzig/fuenfzig sechzig siebzig achtzig neunzig",
    "fr": "vingt/vingts trente quarante cinquante soixante septante huitante/octante nonante",
    "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "it": "venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
    "pt": "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
    "nl": "twintig dertig veertig vijftig zestig zeventig tachtig negentig",
    "pl": "dwadziescia trzydziesci czterdziesci piecdziesiat szescdziesiat siedemdziesiat osiemdziesiat "
    "dziewiecdziesiat",
    "cs": "dvacet tricet ctyricet padesat sedesat sedmdesat osmdesat devadesat",
    "ru": "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто",
}
COMPOUND = {"de": "und", "nl": "en"}  # languages that write the unit, this, and the ten as one word
TIMES = {
    **dict.fromkeys(("double", "doppel", "doppelte", "zweimal", "doble", "doppio", "duplo", "dubbel", "dubbele"), 2),
    **dict.fromkeys(("triple", "treble", "dreimal", "dreifach", "triplo", "driemaal"), 3),
    **dict.fromkeys(("quadruple", "viermal"), 4),
}
SCALES = {
    **dict.fromkeys(("hundred", "hundert", "cent", "cents", "cien", "ciento", "cento", "cem", "honderd"), 100),
    **dict.fromkeys(("thousand", "tausend", "mille", "mil", "duizend"), 1000),
}
OH = ("oh", "o")  # say 0, or nothing
# Numerals that are written without spaces between them.
NUMERALS = {
    numeral: str(digit)
    for digit, numerals in enumerate(
        ("〇零", "一壹幺", "二贰貳两兩", "三叁參", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖")
    )
    for numeral in numerals
}
KOREAN = {
    syllable: str(digit)
    for digit, syllables in enumerate(("공영", "일", "이", "삼", "사", "오", "육륙", "칠", "팔", "구"))
    for syllable in syllables
}


def _numbered(text: str, first: int, step: int = 1) -> dict[str, int]:
    return {word: first + step * at for at, words in enumerate(text.split()) for word in words.split("/")}


def _words(language: str) -> dict[str, int]:
    units, teens = _numbered(DIGITS[language], 0), _numbered(TEENS.get(language, ""), 10)
    tens = _numbered(TENS.get(language, ""), 20, 10)
    joint = COMPOUND.get(language)
    joined = {f"{unit}{joint}{ten}": tens[ten] + units[unit] for ten in tens for unit in units if joint and units[unit]}
    if language == "es":
        joined = {f"veinti{unit}": 20 + number for unit, number in units.items() if number}
    if language == "it":
        joined = {
            f"{ten[:-1] if unit[0] in 'uo' else ten}{unit}": tens[ten] + number
            for ten in tens
            for unit, number in units.items()
            if number
        }
    return {**joined, **tens, **teens, **units}


# Language → number → below what a number must be that is said right behind it and added: twenty and one, vingt et un.
ROOMS = {
    **{language: dict.fromkeys(range(20, 100, 10), 10) for language in ("en", "es", "pt", "pl", "cs", "ru")},
    "fr": {**dict.fromkeys(range(20, 100, 10), 10), 60: 20, 10: 10},
}
# Language → word → its digits, its room and the number, which is below 100.
NUMBERS = {
    language: {
        word: (str(number), ROOMS.get(language, {}).get(number, 1), number) for word, number in _words(language).items()
    }
    for language in DIGITS
}
NUMBERS["en, oh"] = {**NUMBERS["en"], **dict.fromkeys(OH, ("0", 1, 0))}
# Word → the languages in which it is a number.
LANGUAGES: dict[str, tuple[str, ...]] = {}
for _language, _numbers in NUMBERS.items():
    for _word in _numbers:
        LANGUAGES[_word] = (*LANGUAGES.get(_word, ()), _language)
