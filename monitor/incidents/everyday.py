"""Words that say nothing of one failure: small ones, those of every failure, names of nobody in particular.

Folded, as `words` gives them.

English, German, French and Spanish. What is frequent in a team's own feeds is learnt from its posts;
these lists are for what is rare there and yet tells of no one story.
"""

from __future__ import annotations

from functools import lru_cache


def _row(words: str) -> tuple[str, ...]:
    return tuple(words.split())


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


SMALL = _set(
    """
    a about above after again against ago ain't all almost already also although always am among an and
    another any anyone anything are aren't around as at away back be became because become been before
    behind being below best better between beyond big both but by call called can can't cannot come
    comes coming could couldn't day days dear despite did didn't do does doesn't doing don't done down
    during each early either else end enough even ever every everyone everything explain few finally
    first five for former found four from full further gave get gets getting give given gives giving go
    goes going gone gonna good got great had hadn't half happen happened happens hard has hasn't have
    haven't having he held help her here hers high him his hit hits how however i i'd i'll i'm i've if
    important in inside instead into is isn't it it'd it'll it's its itself just keep keeps kept
    know known knows large last late later latest least leave leaves left less let let's like likely
    list little live long longer look looking looks lot low made main make makes making man many may
    maybe me mean means men might million mind mine minute moment month months more morning most move
    much must my myself name near need needs never new news next nice night nine no nobody non none nor
    not nothing now of off often oh ok old on once one ones only onto open or other others our ours out
    over own page part past people perhaps person place plan plans please
    point post posted posting posts put question quite rather read real really reason report reports
    right round said same saw say saying says second see seen sees set seven several she should
    shouldn't show showing shown shows side since six small so some someone something sometimes soon
    start started state still stop story such sure take taken takes taking talk team tell tells ten than
    thank thanks that that's the their theirs them then there there's these they they're thing things
    think this those though thought thousand three through thus time times tip today together told
    tomorrow tonight too took top toward tried tries try trying turn turns twice two under until up
    update updated upon us use used uses using very want wanted wants was wasn't watch way
    ways we we're week weeks well went were weren't what what's when where whether which while who
    who's whole whom whose why will wish with within without woman women won won't word words work
    working works world would wouldn't wow wrong year years yes yesterday yet you you're your yours
    aber alle allem allen aller alles als also am an andere auch auf aus bei beim bin bis bist da dabei
    damit dann das dass dein dem den denn der des dessen die dies diese diesem diesen dieser dieses doch
    dort du durch ein eine einem einen einer eines er es euch euer etwas fur gegen gibt hab habe haben
    hat hatte hatten hier ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in ins ist ja jahr jahre
    jede jeder jetzt kann kein keine konnen machen macht man mehr mein mich mir mit muss nach nicht
    nichts noch nun nur ob oder ohne schon sehr sein seine seinem seinen seiner seit sich sie sind so
    soll sollen sondern uber um und uns unser unter viel viele vom von vor wann warum was weil wenn wer
    werden wie wieder will wir wird wo wurde wurden zu zum zur zwei zwischen
    alors apres au aucun aussi autre aux avant avec avoir bien car ce cela ces cet cette ceux chez comme
    comment contre dans de deja depuis des deux donc dont du elle elles en encore entre est et etait ete
    etre eux fait faire font il ils jamais je jour la le les leur leurs lui mais meme mes moi moins mon
    ne nos notre nous on ont ou par parce pas pendant peu peut plus pour pourquoi quand que quel quelle
    qui quoi sa sans se ses si son sont sous sur ta te tes toi ton tous tout toute toutes tres trop tu
    un une vos votre vous
    al algo ahora ante antes asi aun aunque bajo bien cada como con contra cual cuando de del desde donde
    dos el ella ellas ellos en entre era es esa ese eso esta estaba estan estar este esto estos fue
    fueron ha habia hace hacia han hasta hay la las le les lo los mas me mi mientras mis muy nada ni no
    nos nosotros o os otra otro otros para pero poco por porque puede pues que quien se sea segun ser si
    sido sin sino sobre solo son su sus tambien tan tanto te tener tiene tienen toda todo todos tras tu
    un una unas uno unos usted y ya yo
    january february march april may june july august september october november december jan feb mar
    apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday
    januar februar marz mai juni juli oktober dezember montag dienstag mittwoch donnerstag freitag
    samstag sonntag janvier fevrier mars avril juin juillet aout septembre octobre novembre decembre
    lundi mardi mercredi jeudi vendredi samedi dimanche enero febrero marzo abril mayo junio julio
    agosto septiembre octubre noviembre diciembre lunes martes miercoles jueves viernes sabado domingo
    """
)

_TRADE = _set(
    """
    ad ads anger angry ban bans brand brands call care chat chief claim crisis cruel debacle delete deny
    draw drop exec face faces facing fail fails fan fans fear feud fire fired fires firing flak force funny fury
    gaffe gaffes goof gross group hack harm hash horror hurt idiot ire irate issue issues joke jokes
    kunde kunden kritik label laugh law lawsuit leader leak learn lesson lessons lie lies mad media meme memes
    mess mock mocks network online outcry page panik panne plain post pr press product public pull
    pulled pulls quit rage rant react regret repair role rude rumor sack sacked sacks sale sales
    scandal sham shame shares shock shop shops sign slam slams slammed slur snark social sorry spark
    sparks staff stunt stupid sue sues suit suspend tone tone-deaf touch trend trending trends troll trolls turn upset
    user users vent viral weak web wild worst wut argerliche
    """
)
_TRADE_STEMS = _row(
    """
    accus advert afectad allega angr announc anunc anzeig apolog arger avert awkward backfir backlash
    blast blunder boicot boycot boykot busines campag campaign campan clien comment communic
    compan compens complain concern condemn confus consum controvers criti customer damag
    decepc defam defend delet demand denounc desast digital disappoint disast disculp dismiss embarras empleado
    employ empresa enrag entschuld erreur excus fauxpas feedback fiasco follower furios furor furious
    hashtag hater hijack hostil humiliat hypocri incident indign influencer insensit instagram insult internet
    investig kampagn kommentar kritis lawmaker manag market mishap mistak offend offens official outrag
    parodi peinlich plattform plataform polemi polemic problem promot protest publish queja question
    reaccion reaction refus relation remov replac reput resign respon revers ridicul roast sarcas
    scandal servic shitstorm skandal spokes spokesm statement suppor surpris threat tonedeaf twitt tweet
    unapolog unfortun uproar verarger verurteil viraliz vorwurf vulgar websit werbe werbung withdr
    worker youtub
    """
)


def is_trade(word: str) -> bool:
    """Whether a word tells what kind of failure it is, or that it is one: no help to tell two apart."""
    return word in _TRADE or word.startswith(_TRADE_STEMS)


PLATFORMS = _set(
    """
    twitter facebook instagram youtube tiktok reddit linkedin snapchat pinterest whatsapp telegram
    threads bluesky mastodon tumblr weibo wechat vine myspace quora discord twitch x fb insta internet
    online app apps web ceo cfo coo cmo cto svp evp vp pr hr ai tv dj mp mps mep phd exec chief inc ltd
    plc llc gmbh ag sa mr mrs ms dr sir dame lord lady breaking exclusive opinion analysis watch live
    update updated lol omg wtf nsfw lgbt lgbtq diy faq pdf url
    """
)
"""Where things are told, by whom in a body, and marks before a title: never part of a name."""

_RANKS = _set(
    """
    prince princess duke duchess queen king president minister senator governor mayor sheriff judge
    pope emperor professor officer spokesman spokeswoman spokesperson director chairman chairwoman
    """
)


@lru_cache(maxsize=50_000)
def is_everybodys(word: str) -> bool:
    """Whether a word is too common to be taken for a name, or a term, without further proof."""
    return word in SMALL or word in _RANKS or is_trade(word)


PLACES = _set(
    """
    usa us uk eu un america american americans britain british england english scotland scottish wales
    welsh ireland irish europe european europa germany german germans deutschland france french spain
    spanish italy italian netherlands dutch belgium belgian switzerland swiss austria austrian sweden
    swedish norway norwegian denmark danish finland finnish poland polish portugal portuguese greece
    greek russia russian ukraine ukrainian turkey turkish china chinese japan japanese korea korean
    india indian pakistan australia australian canada canadian mexico mexican brazil brazilian africa
    african nigeria nigerian kenya kenyan egypt egyptian israel israeli palestine palestinian iran
    iranian iraq iraqi syria syrian afghanistan saudi asia asian latino hispanic muslim christian jewish
    london paris berlin madrid rome brussels moscow kyiv beijing tokyo sydney toronto washington york
    california texas florida chicago boston hollywood manhattan brooklyn angeles francisco vegas north
    south east west northern southern eastern western united states kingdom royal national international
    republican republicans democrat democrats gop tory tories labour conservative conservatives senate
    congress parliament government university college school police department court commission union
    church hospital council ministry group company foundation association city county state club museum
    airport covid coronavirus christmas easter halloween thanksgiving god
    black white green blue red
    """
)
"""What names are made with and nobody bears alone."""
