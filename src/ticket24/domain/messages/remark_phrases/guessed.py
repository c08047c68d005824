# ruff: noqa: RUF001, E501 - letters of the languages; a sentence is a line.
"""Bitrix24's remarks in languages whose files could not be found.

The words are those of its tasks interface; how its remarks join them is unverified. So
nothing here is a remark for sure, and what looks like one waits for a person.
"""

from ticket24.domain.messages.remark_phrases.phrases import Phrases

TURKISH = Phrases(
    loose=(
        r"(Bir )?[Gg]örev oluşturuldu( ve @( kişisine| adlı kişiye)? (atandı|verildi))?",
        r"Görev (kapatıldı|tamamlandı|yeniden başlatıldı|devam ettirildi|duraklatıldı|başlatıldı|ertelendi|gözden geçirilmek üzere (iade edildi|geri gönderildi))",
        r"(@,? )?([Gg]örevin? )?[Ss]on (tarih|teslim tarihi) (değiştirildi|.{1,40} olarak değiştirildi|gerekli|zorunludur)(:? .{1,40})?",
        r"(@,? )?[Gg]örev(in)? (neredeyse )?(gecikti|gecikmiş|süresi (doldu|dolmak üzere))",
        r"@,? .{0,30}(sorumlu|yetkili) (kişi )?(olarak )?(atandınız|belirlendiniz)",
        r"(Katılımcılar|Gözlemciler|Yazar|Sorumlu kişi) (eklendi|atandı): .{1,200}",
    )
)

CHINESE = Phrases(
    loose=(
        r"(任务已创建|已创建任务|任務已建立|已建立任務)(.{0,4}(分配|指派|指定)给? ?@|.{0,4}(分配|指派)給 ?@)?。?",
        r"(任务|任務)(已(关闭|關閉|完成|恢复|恢復|重新开始|重新開始|暂停|暫停|开始|開始|推迟|延期|延後|退回修改|退回)|(几乎|即将|幾乎|即將|已)?(逾期|过期|過期))。?",
        r"(任务|任務)?(截止日期|截止时间|截止時間|期限)(已)?(更改|变更|變更|修改)(为|為|至)?[::]? ?.{1,40}。?",
        r"(需要|必须|必須)?(设置|設定|指定)?截止日期(是必需的|为必填项|為必填項)?。?",
        r"(已?(添加|新增|分配|指派)(了)?)?(参与者|參與者|观察者|觀察者|作者|负责人|負責人)(已?(添加|新增|分配|指派))?[::] ?.{1,200}",
        r"@[,,]? ?(您|你)已被(设|設|指定|任命)(置)?(为|為).{1,20}。?",
    )
)

VIETNAMESE = Phrases(
    loose=(
        r"(Một |Đã tạo )?([Nn]hiệm vụ|[Cc]ông việc|[Tt]ác vụ)( đã được tạo)?( và (được )?(giao|phân công|gán) cho @)?",
        r"(Nhiệm vụ|Công việc|Tác vụ) (đã |đã được )?(đóng|hoàn thành|tiếp tục|nối lại|tạm dừng|bắt đầu|hoãn lại|trả lại để (sửa đổi|xem xét))",
        r"(@,? )?([Nn]hiệm vụ|[Cc]ông việc|[Tt]ác vụ) (gần như |sắp |đã )?(quá hạn|bị trễ hạn)",
        r"(Thời hạn|Hạn chót|Hạn hoàn thành) (đã )?(được )?(thay đổi|đổi)( thành)?:? .{1,40}",
        r"(Cần|Yêu cầu) (có )?(thời hạn|hạn chót)",
        r"(Đã thêm |Đã chỉ định )?([Nn]gười tham gia|[Nn]gười quan sát|[Tt]ác giả|[Nn]gười phụ trách)( được thêm| được chỉ định)?: .{1,200}",
    )
)

JAPANESE = Phrases(
    loose=(
        r"タスクが作成され(ました|、 ?@ ?(さん)?に割り当てられました)。?",
        r"タスク(が|は)?(終了|完了|クローズ|再開|一時停止|開始|延期|差し戻)(され|し)?(ました|ます|た)?。?",
        r"(@ ?(さん)?[、,]? ?)?タスク(が|は|の)?(まもなく|もうすぐ|ほぼ)?(期限(切れ|超過|を過ぎて)).{0,12}",
        r"(締め切り|締切|期限|期日)(が|は|を)?(.{1,40}に)?(変更|必要|必須).{0,8}([::] ?.{1,40})?",
        r"(参加者|オブザーバー|作成者|担当者|責任者)(が|を)?(追加|割り当て|任命)(され|し)?(ました)?[::] ?.{1,200}",
    )
)
