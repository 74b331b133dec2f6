# بالأرقام: صيغة العدد بالحروف تتبع جنس المعدود.
number = { $n }

stories =
    { $n ->
        [zero] لا مقالات
        [one] مقال واحد
        [two] مقالان
        [few] { number } مقالات
        [many] { number } مقالًا
       *[other] { number } مقال
    }
minutes =
    { $n ->
        [zero] أقل من دقيقة
        [one] دقيقة واحدة
        [two] دقيقتان
        [few] { number } دقائق
        [many] { number } دقيقة
       *[other] { number } دقيقة
    }
# بعد «بعد»: مجرورة.
days =
    { $n ->
        [zero] أقل من يوم
        [one] يوم واحد
        [two] يومين
        [few] { number } أيام
        [many] { number } يومًا
       *[other] { number } يوم
    }

list-first = { $item }
list-next = { $list } و{ $item }
list-last = { $list } و{ $item }
