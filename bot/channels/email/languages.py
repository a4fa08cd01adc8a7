"""The words that mail programs write of their own, in the languages in which citizens of all countries set them.

Alternatives of regular expressions, matched without regard to case.
"""

from __future__ import annotations

# "X wrote", behind a moment or an address.
WROTE = (
    r"(?:wrote|writes|a\s+[ée]crit|schrieb|schreef|geschreven|escribi[óo]|escreveu|ha\s+scritto|skrev|kirjoitti"
    r"|napisa[łl](?:a|\(a\))?|napsal(?:a|\(a\))?|a\s+scris|[íi]rta|написала?|пише|đã\s+viết)"
)
# What a line that says so begins with, before its day.
ON_THE_DAY = r"(?:on|le|am|el|il|em|op|den|p[åa]|w\s+dniu|dnia|vào|la\s+data\s+de)"

ORIGINAL_MESSAGE = (
    r"(?:original message|original appointment|reply message|message d['’]origine|(?:message|mail|courriel) original"
    r"|courriel d['’]origine|rendez-vous d['’]origine|urspr[üu]ngliche nachricht|urspr[üu]ngliche e-?mail"
    r"|antwort nachricht|mensaje original|mensagem original|messaggio originale|origineel bericht"
    r"|oorspronkelijk bericht|oprindelig (?:meddelelse|besked)|opprinnelig melding|originalmeddelande"
    r"|ursprungligt meddelande|alkuper[äa]inen viesti|oryginalna wiadomo[śs][ćc]"
    r"|wiadomo[śs][ćc] oryginalna|исходное сообщение)"
)
FORWARDED_MESSAGE = (
    r"(?:forwarded (?:message|by)\b.{0,80}|message transf[ée]r[ée](?: de)?|begin forwarded message"
    r"|d[ée]but du message (?:transf[ée]r[ée]|r[ée]exp[ée]di[ée])|courriel transf[ée]r[ée]|weitergeleitete nachricht"
    r"|anfang der weitergeleiteten nachricht|mensaje reenviado|inicio del mensaje reenviado|mensagem encaminhada"
    r"|messaggio inoltrato|inizio messaggio inoltrato|doorgestuurd bericht|begin doorgestuurd bericht"
    r"|vidarebefordrat meddelande|videresendt (?:meddelelse|melding)|v[äa]litetty viesti"
    r"|przekazana wiadomo[śs][ćc]|пересылаемое сообщение|пересланное сообщение)"
)

# The headers above the whole of an e-mail that is answered.
FROM = r"(?:from|de|exp[ée]diteur|von|van|da|od|fra|från|l[äa]hett[äa]j[äa]|remitente|mittente|afzender|от)"
SENT = (
    r"(?:sent|date|envoy[ée]e?(?:\s+le)?|date d['’]envoi|gesendet|datum|message du|re[çc]u(?:\s+le)?|verzonden|inviato"
    r"|data|enviad[oa](?:\s+e[ln])?|fecha|sendt|dato|skickat|l[äa]hetetty|wys[łl]ano|отправлено|дата)"
)
TO = (
    r"(?:to|cc|cci|bcc|[àa]|destinataires?|pour|an|aan|para|til|till|vastaanottaja|do|kopie?|kopia|copie(?:\s+[àa])?"
    r"|кому|копия)"
)
SUBJECT = r"(?:subject|objet|sujet|betreff|onderwerp|oggetto|asunto|assunto|emne|[äa]mne|aihe|temat|тема|re)"

# What a mail program or a device adds by itself; each is a whole line, but for an address behind it.
_BRANDS = (
    r"(?:outlook|yahoo|gmail|proton|protonmail|samsung|galaxy|aol|hotmail|sfr|laposte|thunderbird|bluemail|typeapp"
    r"|sparrow|airmail|polymail|zoho|tutanota|fastmail|icloud|iphone|ipad|ipod|android|windows|xfinity|comcast|verizon"
    r"|at&t|t-mobile|blackberry|k-9|fairemail|aqua\ mail|mymail|gmx|web\.de|freenet|t-online|libero|bluewin"
    r"|vid[ée]otron|telus|roundcube|zimbra|mailbird|em\ client|superhuman|missive|huawei|xiaomi|redmi|oneplus|nokia"
    r"|motorola|sony|htc|lg|wiko|acompli)"
)
# The same, of names that are words, too: nothing stands behind them but what they run on.
_WORDS = (
    r"(?:mail|e-?mail|courrier|orange|free|bell|rogers|shaw|spark|newton|edison|canary|nine|front|surface|pixel)"
    r"(?:\ (?:app|mail|mobile))?(?:\ (?:for|on|pour|sur|f[üu]r|auf|para|per|voor)\ \w[\w .]{1,20})?"
)
DEVICE = rf"""(?:
      sent\ from\ (?:my|the)\ (?!.*\b(?:on|to|at|in|is|was|and|but|the|embassy|office|desk)\b)[\w .,\-+]{{2,50}}
    | sent\ (?:from|via|with|using|by)\ {_BRANDS}\b[\w .,\-/®]{{0,60}}
    | sent\ (?:from|via|with|using)\ {_WORDS}
    | envoy[ée]\ (?:de|depuis|[àa]\ partir\ de|avec|via|par)\ (?:mon|ma|l['’]app\w*|la\ messagerie|le\ courrier)
        \ (?!.*\b(?:le|les|au|est|et|mais|hier|bureau|ambassade)\b)[\w .,\-]{{2,60}}
    | envoy[ée]\ (?:de|depuis|[àa]\ partir\ d[e'’]|avec|via|par)\s?(?:{_BRANDS}|l['’]application)\b[\w .,\-/®éà]{{0,60}}
    | envoy[ée]\ (?:de|depuis|[àa]\ partir\ d[e'’]|avec|via)\s?{_WORDS}
    | (?:get|obtenez|obtenir|t[ée]l[ée]charge[rz]|holen\ sie\ sich|obtener|scarica)\ (?:outlook|bluemail|spark)
        \b[\w .\-]{{0,40}}
    | provenance\s*:\s*courrier[\w .\-]{{0,40}}
    | von\ mein(?:em|er)\ [\w .\-]{{2,40}}\ (?:gesendet|gesandt|geschickt)
    | diese\ nachricht\ wurde\ von\ mein[\w .\-]{{2,80}}\ gesendet
    | (?:diese\ nachricht\ wurde\ )?gesendet\ (?:von|mit|[üu]ber)\ (?:mein\w*\ |der\ |dem\ )?(?:{_BRANDS}|mail)\b
        [\w .\-]{{0,40}}
    | enviado\ (?:desde|do|de|con|pelo)\ (?:mi\ |meu\ |minha\ )?(?:{_BRANDS}|correo|email)\b[\w .\-]{{0,40}}
    | inviato\ (?:da|dal|con)\ (?:mio\ )?(?:{_BRANDS}|posta)\b[\w .\-]{{0,40}}
    | (?:verstuurd|verzonden|gestuurd)\ (?:vanaf|vanuit|met|via)\ (?:mijn\ )?(?:{_BRANDS}|mail)\b[\w .\-]{{0,40}}
    | (?:sendt|skickat)\ (?:fra|fr[åa]n)\ (?:min\ )?(?:{_BRANDS}|mail)\b[\w .\-]{{0,40}}
    | (?:wys[łl]ane|l[äa]hetetty|отправлено)\ (?:z\ |с\ )?{_BRANDS}[\w .\-'’]{{0,40}}
    )"""

# The subject of what a program answers while its owner is away.
AWAY = r"""(?:
      automatic\ reply | auto(?:mated|matic)?[- ]?(?:reply|response|responder) | r[ée]ponse\ automatique
    | out[- ]of[- ](?:the[- ])?office(?:\ (?:auto-?reply|reply|response|message|notification|notice))? | ooo
    | r[ée]ponse\ d['’]absence | (?:message|avis|notification|notice)\ d['’]absence | absen(?:t|te|ce)\ du\ bureau
    | vacation\ (?:reply|response|message|notice) | abwesenheits(?:notiz|nachricht|mitteilung|assistent)
    | automatische\ (?:antwort|nachricht) | respuesta\ autom[áa]tica | resposta\ autom[áa]tica | risposta\ automatica
    | automatisch\ antwoord | afwezigheidsbericht | autosvar | automatiskt?\ svar | automaattinen\ vastaus
    | automatyczna\ odpowied[źz] | odpowied[źz]\ automatyczna | автоответ | 自动回复 | 自動応答
    )"""
