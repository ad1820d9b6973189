"""Words that carry little: per language, in folded spelling.

STOP words are not looked at. LIGHT words say that something is asked for, not what: they count a little.
"""

from typing import Final

LANGUAGES: Final = ("nl", "en", "fr")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


STOP: Final[dict[str, frozenset[str]]] = {
    "nl": _set(
        """
        de het een en of maar want dus dat dit die deze daar hier er dan toen nu nog al ook wel niet geen ik jij
        je u uw jouw jullie mij me mijn hij zij ze wij we ons onze hem haar hun men zich zelf iemand iets
        niemand niets alles alle elk elke ieder iedere anders zo zoals zeer heel erg veel weinig meer meest is
        ben bent zijn was waren geweest word wordt worden werd werden geworden heb hebt heeft hebben had hadden
        gehad kan kun kunt kunnen kon konden zal zult zullen zou zouden mag mogen mocht moet moeten moest wil
        wilt willen wilde wou hoef hoeft hoeven ga gaat gaan ging gingen doe doet doen deed kom komt komen kwam
        laat laten aan af bij binnen boven buiten door in langs met mee na naar naast om onder op over per rond
        sinds te tegen tijdens toe tot tussen uit van vanaf via volgens voor vanuit zonder terug ter ten der des
        hoe wat waar waarom wanneer wie wiens welk welke hoeveel hoelang waarmee waarvoor waarop waaraan waarbij
        als indien omdat terwijl hoewel zodat doordat toch even eens graag gewoon eigenlijk precies ongeveer
        soms altijd nooit weer opnieuw vandaag morgen gisteren straks later eerder ergens nergens overal
        allemaal ja nee ok oke he hoor zeg weet weten vraag vragen vraagje bijvoorbeeld namelijk alleen samen
        tegelijk s t m n zeker misschien beetje echt gemeente stad zeggen denk denken bedoel steeds reeds enkel
        ene eigen dezelfde hetzelfde daarvoor daarna hiervoor ervoor erover ervan eraan iemands welkom liever
        best goed goede mogelijk nodig nieuw nieuwe
        """
    ),
    "en": _set(
        """
        the a an and or but so that this these those there here then than now not no yes i you your yours he she
        it we they me my mine him his her hers our ours us them their who whom whose which what where when why
        how is am are was were be been being have has had having do does did doing done can could will would
        shall should may might must need needs to of in on at by for from with without about into over under
        between through after before during out off up down again any some all each other another such own same
        just also only very too if as because while until get gets getting got go goes going come comes want
        wants like know let make much many more most long new please hello city town council municipality
        someone something anyone anything one s t d m re ve ll don
        """
    ),
    "fr": _set(
        """
        le la les l un une des du de d et ou mais donc que qui quoi dont ce cet cette ces ca cela il elle on
        nous vous ils elles je j tu me m te t se s mon ma mes ton ta tes son sa ses notre nos votre vos leur
        leurs y en est suis es sommes etes sont etait ai as a avons avez ont avoir etre faire fait fais faut
        dois doit peut peux puis pouvez veux voudrais au aux dans par pour sur sous avec sans chez vers entre
        comment quand pourquoi combien quel quelle quels quelles si ne n pas plus moins tres bien oui non c qu
        commune ville
        """
    ),
}

LIGHT: Final[dict[str, frozenset[str]]] = {
    "nl": _set(
        """
        stadhuis gemeentehuis aanvragen aanvraag aangevraagd vraagt aangeven aangifte afgeven indienen dien
        ingediend doorgeven geef geven gegeven krijgen krijg krijgt regelen regel geregeld melden meld gemeld
        melding opvragen kopen koop halen haal ophalen verlengen verleng vernieuwen wijzigen wijzig wijziging
        veranderen verander verandert aanpassen stopzetten opzeggen nemen neem zetten zet maken maak gemaakt
        plaatsen plaats betalen betaal betaald kosten kost prijs duurt duur lang procedure informatie formulier
        vinden vind zoeken zoek gebruiken gebruik helpen tijd dag dagen week weken maand maanden jaar jaren oud
        oude eerste tweede
        """
    ),
    "en": _set(
        """
        apply application applying request requesting register registering registration report reporting arrange
        change changing pay paying cost costs price fee form find obtain receive buy submit renew extend cancel
        information take takes people person time day days week weeks month months year years old first second
        """
    ),
    "fr": _set(
        """
        demander demande faire obtenir declarer declaration inscrire inscription payer prix cout coute
        formulaire renouveler changer modifier annuler trouver aide personne temps jour jours semaine mois an
        ans
        """
    ),
}
