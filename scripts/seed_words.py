"""What made-up tasks say (specs/features/commands.md): titles, notes and labels in the scripts that users write.

A pattern's names in braces are filled with one of the words of that name, language by language.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """Patterns of titles and of notes, and the words that fill them."""

    share: int
    """Of a hundred titles."""
    titles: tuple[str, ...]
    notes: tuple[str, ...]
    words: dict[str, tuple[str, ...]]


LANGUAGES = (
    Language(
        share=58,
        titles=(
            "Buy {thing}", "Call {who}", "{thing}", "Book {event} for {who}", "Pay the {bill} bill", "Review {work}",
            "Prepare {work} for {who}", "Fix {fault} in the {place}", "Send {work} to {who}", "Plan {event}",
            "Renew {paper} before it expires", "Ask {who} about {event}", "Return {thing} to the shop",
            "Clean the {place}", "Follow up with {who} on {work}", "Read chapter {number} of {work}",
            "Cancel the {bill} contract (notice period: {number} weeks)", "Order {number} packs of {thing}",
            "Draft {work}, v{number}", "100% of {work} done?", "RSVP: {event} with {who}", "🎁 {thing} for {who}",
            "✈️ Book {event}", "{who}: {event}", "TODO {fault} #{number}", "Move {work} to folder_{number}",
        ),
        notes=(
            "Talk to {who} first.", "See {work}, page {number}.", "Not before {event}.", "Costs about {number} €.",
            "The {place} is closed on Mondays.", "Waiting for {who}; ask again if there is no answer within a week.",
            "- {thing}\n- {thing}\n- {thing}", "https://example.com/{number}?from=notes",
            "Last time this took {number} minutes, mostly because of {fault}.",
        ),
        words={
            "thing": (
                "milk", "oat milk", "light bulbs", "train tickets", "a birthday cake", "printer paper", "running shoes",
                "Milk", "coffee beans", "a phone charger", "cat food", "sunscreen", "new curtains", "stamps",
            ),
            "who": (
                "Mum", "the dentist", "Dr. Okonkwo", "Zoë", "the landlord", "María José", "Jean-Luc", "Søren",
                "the tax adviser", "O'Brien", "Łukasz", "the school", "everyone", "accounting", "the plumber",
            ),
            "event": (
                "the summer party", "a check-up", "the team offsite", "Nora's recital", "a flight to Lisbon",
                "the parents' evening", "a table for six", "the quarterly review", "swimming lessons",
            ),
            "bill": ("electricity", "internet", "water", "phone", "gym", "insurance", "gas"),
            "work": (
                "the budget", "slides", "the release notes", "the contract", "chapter drafts", "the pull request",
                "the onboarding guide", "the meeting minutes", "the tax return", "the café menu", "the résumé",
            ),
            "fault": ("the leak", "a squeaky door", "the broken link", "the flaky test", "the draught", "a typo"),
            "place": ("kitchen", "bathroom", "office", "garage", "checkout page", "cellar", "staging server"),
            "paper": ("passport", "driving licence", "library card", "the domain", "the certificate", "insurance"),
        },
    ),
    Language(
        share=9,
        titles=("{thing} kaufen", "{who} anrufen", "{work} prüfen", "Termin mit {who}", "{work} überarbeiten"),
        notes=("Vorher mit {who} sprechen.", "Etwa {number} Minuten.", "Größe {number}, falls vorrätig."),
        words={
            "thing": ("Brötchen", "Glühbirnen", "Fahrkarten", "Äpfel", "eine Spülmaschine"),
            "who": ("Oma", "die Ärztin", "Herr Weiß", "die Hausverwaltung", "Jürgen"),
            "work": ("Steuererklärung", "Straßenkarte", "Angebot", "Donaudampfschifffahrtsprotokoll", "Übungsblatt"),
        },
    ),
    Language(
        share=6,
        titles=("Acheter {thing}", "Appeler {who}", "Préparer {work}", "Réserver pour {who}", "Relire {work}"),
        notes=("Voir avec {who}.", "Environ {number} €.", "Déjà commencé : il reste {number} pages."),
        words={
            "thing": ("des œufs", "du café", "un gâteau", "des ampoules"),
            "who": ("maman", "le médecin", "François", "la mairie", "Noëlle"),
            "work": ("la présentation", "l'exposé", "le dossier", "la déclaration d'impôts"),
        },
    ),
    Language(
        share=5,
        titles=("Comprar {thing}", "Llamar a {who}", "¿Terminar {work}?", "Enviar {work} a {who}"),
        notes=("Antes de las {number}.", "Hablar con {who}."),
        words={
            "thing": ("pan", "piñas", "un regalo", "jabón"),
            "who": ("Íñigo", "la abuela", "el médico", "Begoña"),
            "work": ("el informe", "la mudanza", "el año fiscal"),
        },
    ),
    Language(
        share=5,
        titles=("{thing}を買う", "{who}に電話する", "{work}を確認", "{who}と{work}の打ち合わせ"),
        notes=("{who}に相談してから。", "約{number}分。", "前回の続き、{number}ページ"),
        words={
            "thing": ("牛乳", "電球", "切符", "プレゼント", "ｺｰﾋｰ"),
            "who": ("母", "歯医者", "田中さん", "部長", "𠮷野さん"),
            "work": ("資料", "契約書", "予算", "リリースノート"),
        },
    ),
    Language(
        share=4,
        titles=("买{thing}", "给{who}打电话", "准备{work}", "和{who}讨论{work}"),
        notes=("先问{who}。", "大约{number}元。"),
        words={
            "thing": ("牛奶", "灯泡", "火车票", "生日蛋糕"),
            "who": ("妈妈", "医生", "王经理", "房东"),
            "work": ("报告", "合同", "季度总结"),
        },
    ),
    Language(
        share=4,
        titles=("Купить {thing}", "Позвонить {who}", "Проверить {work}", "ЁЛКА: {thing}"),
        notes=("Сначала спросить.", "Около {number} минут."),
        words={
            "thing": ("молоко", "лампочки", "билеты", "подарок"),
            "who": ("маме", "врачу", "Алёне", "в школу"),
            "work": ("отчёт", "договор", "перевод"),
        },
    ),
    Language(
        share=3,
        titles=("شراء {thing}", "الاتصال بـ{who}", "مراجعة {work}"),
        notes=("حوالي {number} دقيقة.",),
        words={
            "thing": ("الحليب", "تذاكر القطار", "هدية"),
            "who": ("أمي", "الطبيب", "المدرسة"),
            "work": ("التقرير", "العقد", "الميزانية"),
        },
    ),
    Language(
        share=2,
        titles=("לקנות {thing}", "להתקשר ל{who}"),
        notes=("בערך {number} דקות.",),
        words={"thing": ("חלב", "כרטיסים", "מתנה"), "who": ("אמא", "רופא", "בית הספר")},
    ),
    Language(
        share=2,
        titles=("{thing} खरीदना", "{who} को फ़ोन करना"),
        notes=("लगभग {number} मिनट।",),
        words={"thing": ("दूध", "टिकट", "उपहार"), "who": ("माँ", "डॉक्टर", "मकान मालिक")},
    ),
    Language(
        share=2,
        titles=("Αγορά: {thing}", "Τηλέφωνο σε {who}", "ΟΔΟΣ {number}"),
        notes=("Περίπου {number} λεπτά.",),
        words={"thing": ("γάλα", "εισιτήρια", "δώρο"), "who": ("μαμά", "γιατρό", "σχολείο")},
    ),
)  # fmt: skip # one word a line says no more

LABELS = {
    "project": ("home", "work", "garden", "Umzug", "été 2027", "引っ越し", "side-project"),
    "source": ("e-mail", "phone", "import", "calendar"),
    "estimate": ("15m", "1h", "2h", "1d"),
    "colour": ("#d33", "#2a7", "#26c"),
}
"""Keys of metadata and their values."""
